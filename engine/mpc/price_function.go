package mpc

// The prices of elementary functions. Products of factors take no round; the dealer
// sends so many words an element for them: 1 for two values under masks, 2 for one
// and a truncated value, or for the square of a truncated value, 3 for two truncated
// values. (The product of the two top bits is a multiple of 2^64 and not dealt, unless
// more than 62 bits were truncated of both together.)

// square and times are the words for products of values of which so many bits were
// truncated.
func square(bits int) int { return times(bits, bits) - 1 }
func times(a, b int) int {
	if a+b > 62 {
		return 4
	}
	return 3
}

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

// pricePower opens x/16, of n elements with so many fraction bits, and computes its
// exponential: a polynomial of y and y² and four squares.
func pricePower(holders, n, bits int) Price {
	open, masks := masking(holders, n), 1
	if bits > standard.exponentIn {
		open, masks = shrinking(holders, n), 2
	}
	total := open.then(multiplying(n, masks)).then(shrinking(holders, n)).
		then(multiplying(n, masks+1).with(multiplying(n, 2))).then(shrinking(holders, n))
	total = total.then(multiplying(n, square(standard.exp+standard.coefficient))).then(shrinking(holders, n))
	for range standard.squares - 1 {
		total = total.then(multiplying(n, square(standard.exp))).then(shrinking(holders, n))
	}
	return total
}

// priceNewton divides n elements by u others, of so many masks each and with so many
// fraction bits, or 1 by them for n = 0.
func priceNewton(holders, u, masks, n, work int, l line) Price {
	first, y, h := shrinking(holders, max(u, n)), l.bits, work+l.bits
	if n > 0 { // times y, a line of u
		first, y = first.with(multiplying(n, masks+1)), h
	}
	n = max(u, n)
	total := multiplying(u, masks).with(shrinking(holders, u)).with(first)
	for range l.steps - 1 {
		total = total.then(multiplying(u, square(h))).with(multiplying(n, times(y, h)))
		total = total.then(shrinking(holders, u).with(shrinking(holders, n)))
		y, h = work, work
	}
	return total.then(multiplying(n, times(y, h))).then(shrinking(holders, n))
}

func priceExp(s Size) Price {
	n := elements(s.X)
	return priceRamps(s.Holders, n, 2).then(pricePower(s.Holders, n, s.Bits))
}

func priceReciprocal(s Size) Price {
	n := elements(s.X)
	count := s.Bits + standard.reciprocalHigh - max(0, s.Bits+standard.reciprocalLow) + 1
	u, masks := masking(s.Holders, n), 1
	if s.Bits+standard.reciprocalHigh > standard.reciprocal {
		u, masks = shrinking(s.Holders, n), 2
	}
	return priceRamps(s.Holders, n, count).then(masking(s.Holders, 2*n)).then(multiplying(n, 1)).then(u).
		then(priceNewton(s.Holders, n, masks, 0, standard.reciprocal, standard.lineOver(2))).then(multiplying(n, 2)).then(shrinking(s.Holders, n))
}

// priceSeries is for the logarithm on [1, top] from t, of so many masks.
func priceSeries(holders, n, masks, top int) Price {
	total := multiplying(n, masks).then(shrinking(holders, n)).
		then(multiplying(n, masks+1).with(multiplying(n, 2))).then(shrinking(holders, 2*n)).then(shrinking(holders, n))
	for range (len(logSeries(top)) - 1) / 4 {
		total = total.then(multiplying(n, 3)).then(shrinking(holders, n))
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
		return priceRamps(s.Holders, n, 2).then(t).then(priceSeries(s.Holders, n, masks, top))
	}
}

func priceLogistic(s Size) Price {
	n := elements(s.X)
	return priceRamps(s.Holders, n, 3).then(pricePower(s.Holders, n, s.Bits)).
		then(priceNewton(s.Holders, n, 2, n, standard.exp, standard.lineOver(2))).then(multiplying(n, 2))
}

// priceLogisticFourier takes two comparisons, three sets of 20 waves, and a truncation.
func priceLogisticFourier(s Size) Price {
	n := elements(s.X)
	return priceRamps(s.Holders, n, 2).with(dealing(words(3 * 2 * len(fourierSines) * n))).then(shrinking(s.Holders, n))
}

func priceSoftmax(s Size) Price { return priceSoftmaxAnd(s, Price{}) }

// priceSoftmaxAnd shares the rounds of the quotients with something else.
func priceSoftmaxAnd(s Size, along Price) Price {
	rows, classes, n := s.X[0], s.X[1], elements(s.X)
	if classes == 2 {
		return priceRamps(s.Holders, rows, 3).then(pricePower(s.Holders, rows, s.Bits)).
			then(priceNewton(s.Holders, rows, 2, rows, standard.exp, standard.lineOver(2)).with(along)).then(multiplying(rows, 2))
	}
	return priceMax(s).then(priceRamps(s.Holders, n, 1)).then(pricePower(s.Holders, n, s.Bits)).then(masking(s.Holders, rows)).
		then(priceNewton(s.Holders, rows, 1, n, standard.exp, standard.lineOver(classes)).with(along))
}

// priceCrossEntropy includes the softmax. The scores are opened in its rounds.
func priceCrossEntropy(s Size) Price {
	rows, classes, n := s.X[0], s.X[1], elements(s.X)
	masks := 2 // of t: those of the sum, or of a truncation
	along := Price{}
	switch classes {
	case 2:
	case 3:
		masks = 1
	default:
		along = shrinking(s.Holders, rows)
	}
	along = along.then(priceSeries(s.Holders, rows, masks, classes))
	scores, labels := Price{Holder: masking(s.Holders, n).Holder}, masking(s.Holders, n)
	return priceSoftmaxAnd(s, along).with(scores).then(labels).with(multiplying(n, 1))
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
