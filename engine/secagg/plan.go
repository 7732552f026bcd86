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

// What the counts are sums of: the end of a stage, that of a round of messages, and an
// operation of the server.
const stageOver, roundOver, ofServer = 1, 1, 1

// maskingEvents counts the events of the four stages up to the one that aborts.
func (p *Protocol) maskingEvents(r Round) (n int, aborted bool) {
	u1, n1 := p.stay(r, nil, Advertise)
	n += len(p.Workers) + n1 + roundOver + stageOver // a key each, and a message
	if n1-1 < p.Size.Threshold {
		return n, true
	}
	n += ofServer + n1 + roundOver // the graph; a message to each

	u2, n2 := p.stay(r, u1, ShareKeys)
	n += n1 + n2 + roundOver + stageOver // secrets shared, and sent
	if n2-1 < p.Size.Threshold {
		return n, true
	}
	n += 2*n2 + roundOver // a message to each, who opens it

	rest := 0
	if p.Size.Neighbours >= n1-1 { // everybody is everybody's neighbour: the numbers are enough
		rest, aborted = p.eventsAmongAll(r, u2, n2)
	} else {
		rest, aborted = p.eventsAmongNeighbours(r, u1, u2)
	}
	return n + rest, aborted
}

// stay finds those of some workers, nil: of all, who are still there at a stage, and how
// many they are.
func (p *Protocol) stay(r Round, from []bool, s Stage) (in []bool, count int) {
	in = make([]bool, len(p.Workers))
	for u := range in {
		if (from == nil || from[u]) && r.leaves(u) > s {
			in[u], count = true, count+1
		}
	}
	return in, count
}

// eventsAmongAll counts the events from masking on, where all n2 workers who shared secrets
// did so with each other.
func (p *Protocol) eventsAmongAll(r Round, u2 []bool, n2 int) (n int, aborted bool) {
	u3, n3 := p.stay(r, u2, MaskedInput)
	n += 2*n2 + n3 + roundOver + stageOver // encoded, masked; sent
	if n3-1 < p.needed() {
		return n, true
	}
	_, n4 := p.stay(r, u3, Unmask)
	n += n3 + roundOver + n4 + roundOver + stageOver // lists, answers
	switch {
	case n4 < p.Size.Threshold:
		return n, true // nobody's secret is recovered
	case n4-1 < p.Size.Threshold:
		return n + n2 - n4, true // that of those who did not answer
	}
	return n + n2 + ofServer, false // recover; add up
}

// eventsAmongNeighbours counts the events from masking on, where workers shared their
// secrets with some neighbours only.
func (p *Protocol) eventsAmongNeighbours(r Round, u1, u2 []bool) (n int, aborted bool) {
	k, t := p.Size.Neighbours, p.Size.Threshold
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
	u3, n3 := p.stay(r, able, MaskedInput)
	n += n3 + roundOver + stageOver
	if n3-1 < p.needed() || lost(u3) {
		return n, true
	}
	u4, n4 := p.stay(r, u3, Unmask)
	n += n3 + roundOver + n4 + roundOver + stageOver // lists, answers
	for place, count := range near(around, k, u4) {
		if u2[around[place]] && count >= t {
			n++ // recover
		}
	}
	if lost(u4) {
		return n, true
	}
	return n + ofServer, false // add up
}

// committeeEvents counts the events of the three stages up to the one that aborts.
func (p *Protocol) committeeEvents(r Round) (n int, aborted bool) {
	c := &committee{course: course{Protocol: p, Round: r, o: &Outcome{}}}
	c.u1 = c.staying(c.everybody(), Advertise)
	n += len(c.u1) + roundOver + stageOver
	if len(c.u1) < c.Size.Threshold {
		return n, true
	}
	c.members = c.drawHolders(c.u1, r)
	n += ofServer + len(c.u1) + roundOver

	c.u2 = c.staying(c.u1, ShareUpdate)
	k := len(c.members)
	n += len(c.u1) + k*len(c.u2) + roundOver + k + stageOver // encoded, sent to each holder, added
	for _, v := range c.members {
		if c.leaves(v) > ShareUpdate {
			n-- // what it has for itself it does not send
		}
	}
	if len(c.u2) < p.Least {
		return n, true
	}

	left := 0
	for _, v := range c.members {
		if c.leaves(v) > OpenSum {
			left++
		}
	}
	n += left + roundOver + stageOver
	if left < c.Size.Threshold {
		return n, true
	}
	return n + ofServer, false
}
