package mpc

// The prices of elementary functions. Products of factors take no round; the dealer
// sends so many words an element for them: 1 for two values under masks, 2 for one
// and a truncated value, or for the square of a truncated value, 3 for two truncated
// values. (The product of the two top bits is a multiple of 2^64 and not dealt.)

// multiplying is the dealer's part of products of n elements.
func multiplying(n, words int) Price { return dealing(int64(words) * wordBytes * int64(n)) }

// masking opens n elements under a mask, shrinking truncates them.
func masking(holders, n int) Price { return opening(holders, n) }
func shrinking(holders, n int) Price {
	return opening(holders, n).with(dealing(2 * words(n)))
}

// priceRamps compares n elements with several public numbers on one opening, and
// takes ρ·r for each.
func priceRamps(holders, n, count int) Price {
	return opening(holders, n).with(dealing(bits(n) + words(count*n))).then(priceComparing(holders, n, 63, false, count))
}

// priceToExponent truncates what has more bits than exp wants.
func priceToExponent(s Size, n int) Price {
	if s.Bits > standard.exponentIn {
		return shrinking(s.Holders, n)
	}
	return Price{}
}

// pricePower squares what was opened under a mask, and goes on squaring.
func pricePower(holders, n, squares int) Price {
	total := multiplying(n, 1).then(shrinking(holders, n))
	for range squares - 1 {
		total = total.then(multiplying(n, 2)).then(shrinking(holders, n))
	}
	return total
}

// priceNewton divides n elements by u others, or 1 by them for n = 0; start is what
// the first product u·y takes.
func priceNewton(holders, u, n, steps, start int) Price {
	total := multiplying(u, start).then(shrinking(holders, u))
	if n > 0 {
		total = total.with(multiplying(n, 3)).with(shrinking(holders, n))
	} else {
		n = u
	}
	for range steps - 1 {
		total = total.then(multiplying(u, 2)).with(multiplying(n, 3))
		total = total.then(shrinking(holders, u).with(shrinking(holders, n)))
	}
	return total.then(multiplying(n, 3)).then(shrinking(holders, n))
}

func priceExp(s Size) Price {
	n := elements(s.X)
	return priceToExponent(s, n).then(priceRamps(s.Holders, n, 2)).then(masking(s.Holders, n)).
		then(pricePower(s.Holders, n, standard.exponentOf(2).squares))
}

func priceReciprocal(s Size) Price {
	n := elements(s.X)
	count := s.Bits + standard.reciprocalHigh - max(0, s.Bits+standard.reciprocalLow) + 1
	return priceRamps(s.Holders, n, count).then(masking(s.Holders, 2*n)).then(multiplying(n, 1)).
		then(shrinking(s.Holders, 2*n)).then(priceNewton(s.Holders, n, 0, standard.lineOver(2).steps, 3)).
		then(multiplying(n, 2)).then(shrinking(s.Holders, n))
}

// priceSeries goes on from t, of one or two masks, and t² for a polynomial with so
// many coefficients; what it returns wants truncating.
func priceSeries(holders, n, masks, coefficients int) Price {
	total := multiplying(n, masks+1).with(multiplying(n, 2)).then(shrinking(holders, 2*n))
	for range (coefficients - 1) / 4 {
		total = total.then(shrinking(holders, n)).then(multiplying(n, 3))
	}
	return total
}

// priceLog is for a logarithm on [1, top].
func priceLog(top int) func(Size) Price {
	return func(s Size) Price {
		n := elements(s.X)
		t, masks := masking(s.Holders, n), 1
		if standard.intervalTo(top).bits > 0 {
			t, masks = shrinking(s.Holders, n), 2
		}
		return priceRamps(s.Holders, n, 2).then(t).then(multiplying(n, masks)).then(shrinking(s.Holders, n)).
			then(priceSeries(s.Holders, n, masks, len(logSeries(top)))).then(shrinking(s.Holders, n))
	}
}

func priceLogistic(s Size) Price {
	n := elements(s.X)
	hat := masking(s.Holders, n)
	if s.Bits != standard.exponentIn { // max(x, 0) takes a product with the sign
		hat = hat.with(masking(s.Holders, n)).with(multiplying(n, 1))
	}
	g := standard.exponentOf(2)
	return priceToExponent(s, n).then(priceRamps(s.Holders, n, 3)).then(hat).then(pricePower(s.Holders, n, g.squares)).
		then(shrinking(s.Holders, n)).then(priceNewton(s.Holders, n, n, standard.lineOver(2).steps, 3)).then(multiplying(n, 2))
}

// priceLogisticFourier is for x with 2f fraction bits: two comparisons, three sets of
// 20 waves, and four truncations, of which three are for the loss.
func priceLogisticFourier(s Size) Price {
	n := elements(s.X)
	return priceRamps(s.Holders, n, 2).with(dealing(words(3 * 2 * len(fourierSines) * n))).then(shrinking(s.Holders, 4*n))
}

func priceSoftmax(s Size) Price {
	rows, classes := s.X[0], s.X[1]
	if classes == 2 {
		s.X[1] = 1
		return priceLogistic(s)
	}
	n := elements(s.X)
	return priceMax(s).then(priceToExponent(s, n)).then(priceRamps(s.Holders, n, 1)).then(masking(s.Holders, n)).
		then(pricePower(s.Holders, n, standard.exponentOf(classes).squares)).
		then(shrinking(s.Holders, rows).with(masking(s.Holders, rows))).
		then(priceNewton(s.Holders, rows, n, standard.lineOver(float64(classes)).steps, 2))
}

// priceCrossEntropy includes the softmax.
func priceCrossEntropy(s Size) Price {
	rows, classes, n := s.X[0], s.X[1], elements(s.X)
	masks := 2 // of t: a truncated value
	if classes == 3 {
		masks = 1
	}
	labels, square := masking(s.Holders, 2*n).with(multiplying(n, 1)), multiplying(rows, masks).then(shrinking(s.Holders, rows))
	start := labels.with(square)
	if classes > 3 { // t is truncated first
		start = labels.with(shrinking(s.Holders, rows)).then(square)
	}
	return priceSoftmax(s).then(start).then(priceSeries(s.Holders, rows, masks, len(logSeries(classes)))).
		then(shrinking(s.Holders, rows).with(shrinking(s.Holders, 1)))
}

func priceMoments(s Size) Price {
	n := elements(s.X)
	return masking(s.Holders, n).with(multiplying(n, 1)).then(shrinking(s.Holders, s.X[1]))
}

func priceMeanVariance(s Size) Price {
	n, columns := elements(s.X), s.X[1]
	return masking(s.Holders, n).with(multiplying(n, 1)).then(shrinking(s.Holders, 2*columns)).
		then(multiplying(columns, 2)).then(shrinking(s.Holders, columns))
}
