package secagg

// events returns how many events a round has when it is watched: who takes part in
// which stage follows from who leaves when and from the graph, without any secret.
func (p *Protocol) events(r Round) int {
	const decode = 1
	if p.Committee {
		n, aborted := p.committeeEvents(r)
		if aborted {
			return n + 1
		}
		return n + decode
	}
	n, aborted := p.maskingEvents(r)
	if aborted {
		return n + 1
	}
	return n + decode
}

// aborts reports whether a round will have too few left.
func (p *Protocol) aborts(r Round) bool {
	if p.Committee {
		_, aborted := p.committeeEvents(r)
		return aborted
	}
	_, aborted := p.maskingEvents(r)
	return aborted
}

// maskingEvents counts the events of the four stages up to the one that aborts.
func (p *Protocol) maskingEvents(r Round) (n int, aborted bool) {
	m := &masking{Protocol: p, Round: r, o: &Outcome{}}
	const stage, round, local = 1, 1, 1

	m.u1 = m.staying(m.everybody(), Advertise)
	n += len(m.Workers) + len(m.u1) + round + stage // a key each, and a message
	if len(m.u1)-1 < m.Size.Threshold {
		return n, true
	}
	m.near = m.drawn(m.u1, r)
	n += local + len(m.u1) + round // the graph; a message to each

	m.u2 = m.staying(m.u1, ShareKeys)
	m.enter(ShareKeys, m.u2)
	n += len(m.u1) + len(m.u2) + round + stage
	if len(m.u2)-1 < m.Size.Threshold {
		return n, true
	}
	n += 2*len(m.u2) + round // a message to each, who opens it

	able := m.able()
	m.u3 = m.staying(able, MaskedInput)
	m.enter(MaskedInput, m.u3)
	n += 2*len(able) + len(m.u3) + round + stage // encoded, masked, sent
	if len(m.u3)-1 < m.Size.Threshold || m.recoverable(MaskedInput) != nil {
		return n, true
	}
	who := m.staying(m.u3, Unmask)
	m.enter(Unmask, who)
	n += len(m.u3) + round + len(who) + round + stage // lists, answers
	if m.recoverable(Unmask) != nil {
		return n, true
	}
	return n + 2*local, false // recover, add up
}

// committeeEvents counts the events of the three stages up to the one that aborts.
func (p *Protocol) committeeEvents(r Round) (n int, aborted bool) {
	c := &committee{Protocol: p, Round: r, o: &Outcome{}}
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
