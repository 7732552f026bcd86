package secagg

// events returns how many events a round has when it is watched, and whether it will
// be aborted: who takes part in which stage follows from who leaves when and from the
// graph, without any secret.
func (p *Protocol) events(r Round) (n int, aborted bool) {
	if p.Committee {
		n, aborted = p.committeeEvents(r)
	} else {
		n, aborted = p.maskingEvents(r)
	}
	return n + 1, aborted // decode, or abort
}

// maskingEvents counts the events of the four stages up to the one that aborts.
func (p *Protocol) maskingEvents(r Round) (n int, aborted bool) {
	const stage, round, local = 1, 1, 1
	k, t := p.Size.Neighbours, p.Size.Threshold
	stay := func(from []bool, s Stage) (in []bool, count int) {
		in = make([]bool, len(p.Workers))
		for u := range in {
			if (from == nil || from[u]) && r.leaves(u) > s {
				in[u], count = true, count+1
			}
		}
		return in, count
	}

	u1, n1 := stay(nil, Advertise)
	n += len(p.Workers) + n1 + round + stage // a key each, and a message
	if n1-1 < t {
		return n, true
	}
	n += local + n1 + round // the graph; a message to each

	u2, n2 := stay(u1, ShareKeys)
	n += n1 + n2 + round + stage // secrets shared, and sent
	if n2-1 < t {
		return n, true
	}
	n += 2*n2 + round // a message to each, who opens it

	if k >= n1-1 { // everybody is everybody's neighbour: the numbers are enough
		u3, n3 := stay(u2, MaskedInput)
		n += 2*n2 + n3 + round + stage
		if n3-1 < p.needed() {
			return n, true
		}
		_, n4 := stay(u3, Unmask)
		n += n3 + round + n4 + round + stage
		switch {
		case n4 < t:
			return n, true // nobody's secret is recovered
		case n4-1 < t:
			return n + n2 - n4, true // that of those who did not answer
		}
		return n + n2 + local, false
	}

	var members []int
	for u, in := range u1 {
		if in {
			members = append(members, u)
		}
	}
	around := p.circle(members, r)
	lost := func(in []bool) bool { // the secret of somebody who shared it
		for place, count := range near(around, k, in) {
			if u2[around[place]] && count < t {
				return true
			}
		}
		return false
	}
	able := make([]bool, len(p.Workers))
	for place, count := range near(around, k, u2) {
		if u := around[place]; u2[u] && count >= t {
			able[u] = true
			n += 2 // encoded, masked
		}
	}
	u3, n3 := stay(able, MaskedInput)
	n += n3 + round + stage
	if n3-1 < p.needed() || lost(u3) {
		return n, true
	}
	u4, n4 := stay(u3, Unmask)
	n += n3 + round + n4 + round + stage // lists, answers
	for place, count := range near(around, k, u4) {
		if u2[around[place]] && count >= t {
			n++ // recover
		}
	}
	if lost(u4) {
		return n, true
	}
	return n + local, false // add up
}

// committeeEvents counts the events of the three stages up to the one that aborts.
func (p *Protocol) committeeEvents(r Round) (n int, aborted bool) {
	c := &committee{course: course{Protocol: p, Round: r, o: &Outcome{}}}
	const stage, round, local = 1, 1, 1
	c.u1 = c.staying(c.everybody(), Advertise)
	n += len(c.u1) + round + stage
	if len(c.u1) < c.Size.Threshold {
		return n, true
	}
	c.members = c.drawHolders(c.u1, r)
	n += local + len(c.u1) + round

	c.u2 = c.staying(c.u1, ShareUpdate)
	k := len(c.members)
	n += len(c.u1) + k*len(c.u2) + round + k + stage // encoded, sent to each holder, added
	if len(c.u2) < p.Least {
		return n, true
	}

	left := 0
	for _, v := range c.members {
		if c.leaves(v) > OpenSum {
			left++
		}
	}
	n += left + round + stage
	if left < c.Size.Threshold {
		return n, true
	}
	return n + local, false
}
