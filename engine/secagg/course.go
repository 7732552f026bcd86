package secagg

import (
	"crypto/ecdh"
	"maps"
	"runtime"
	"slices"
	"sync"

	"unseen/engine/local"
	"unseen/engine/party"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// A round is a row of parts, and a part a row of turns: whoever has its turn computes,
// tells what it computed, and sends its message. So nobody who watches waits for what all
// others compute before the first of them sends something. Between two parts, and between
// some of the turns, the round can be left and entered again.

// part is a part of a round, made when all parts before it are over.
type part struct {
	exchange string        // names the round of messages; empty: nobody sends anything
	turns    int           // how many there are
	compute  []func(i int) // one after the other, each for several turns at once: what is told may depend on it, and nothing else
	together int           // the most turns that may compute at once, for want of memory; 0: all
	tell     func(i int)   // in order
	end      func() error  // may be nil; a *ThresholdError aborts the round
	every    int           // turns after which the round can be entered again; 0: at the beginning only
}

// often is after how many turns of unmasking the round can be entered again: it takes some
// milliseconds to run so many of them once more.
const often = 32

// every is after how many turns of an exchange that takes long the round can be entered
// again, unless the protocol says otherwise.
func (p *Protocol) every(turns int) int {
	if p.Often > 0 {
		return p.Often
	}
	return turns
}

// planned says to which stage a part belongs, and makes it.
type planned struct {
	stage Stage
	make  func() part
}

// course is a round of secure aggregation under way. A copy of it is a place at which it
// can be entered again, together with the parties' memories: what a part has left in it is
// never written to again, but for what [aggregation.copy] copies.
type course struct {
	*Protocol
	Round
	t *trace.Tracer
	o *Outcome

	part, turn int     // the next
	stage      Stage   // under way
	sent       []Stage // by worker: at which stage it sends next
	clipped    []int   // by worker: values that met the clip
	known      *known  // while the round is retraced: what is remembered of it; else nil
}

// aggregation is a round under way: with masks, or by a committee.
type aggregation interface {
	state() *course
	plan() []planned
	span(Stage) trace.Scope
	told(Stage) []trace.Value // what the end of a stage shows
	copy() aggregation
	remember(*local.State[position], *known) *known // of where it is, in a state, besides what is known of a place before
	settle()                                        // ends a way back: what was put off follows all at once
}

func (c *course) state() *course { return c }

// clone copies what turns write to.
func (c *course) clone() course {
	n, o := *c, *c.o
	n.o, n.sent, n.clipped = &o, slices.Clone(c.sent), slices.Clone(c.clipped)
	n.o.Took = maps.Clone(o.Took)
	return n
}

// begin begins a round.
func (p *Protocol) begin(r Round) aggregation {
	p.Server.Store.RemoveFunc(func(name string) bool { // what the last round opened, and may have left behind where it was aborted
		return slices.Contains([]string{Sum, Average, counted, recoveredB, recoveredS, offMasks}, name)
	})
	c := course{Protocol: p, Round: r, o: &Outcome{}, sent: make([]Stage, len(p.Workers)), clipped: make([]int, len(p.Workers))}
	if p.Committee {
		return &committee{course: c, field: share.Default()}
	}
	return &masking{course: c}
}

// Sum runs one round: what the server then knows of the updates in the workers'
// memories is their sum over the workers that delivered, or, where too few are left,
// nothing.
func (p *Protocol) Sum(t *trace.Tracer, r Round) *Outcome { return finish(t, p.begin(r), never) }

// never stops a round.
func never() bool { return false }

// finish runs a round from where it is to its end, unless stop, which it calls wherever the
// round can be entered again, says that it is to stay there: then it returns nil.
func finish(t *trace.Tracer, a aggregation, stop func() bool) *Outcome {
	c, plan, open := a.state(), a.plan(), false
	c.t = t
	for ; c.part < len(plan) && c.o.Aborted == nil; c.part, c.turn = c.part+1, 0 {
		if stop() {
			return nil
		}
		if c.stage = plan[c.part].stage; !open {
			t.Begin(a.span(c.stage))
			open = true
		}
		if c.run(plan[c.part].make(), stop) {
			return nil
		}
		if c.o.Aborted != nil {
			c.abort(t, c.o)
		}
		if c.o.Aborted != nil || c.part+1 == len(plan) || plan[c.part+1].stage != c.stage {
			t.End(nil, a.told(c.stage))
			open = false
		}
	}
	for _, u := range c.o.Delivered {
		c.o.Clipped += c.clipped[u]
	}
	if c.o.Aborted == nil {
		c.decode(t, c.o)
	}
	return c.o
}

// run runs the turns of a part that are left, and reports whether it stopped before the
// last one.
func (c *course) run(now part, stop func() bool) (stopped bool) {
	if now.exchange != "" {
		c.t.Begin(trace.Scope{Level: trace.Round, Name: now.exchange})
	}
	if c.inTurn(now, &c.turn, stop) {
		return true // in the middle of an exchange, which is not counted yet
	}
	if now.exchange != "" {
		c.Link.Round()
		c.t.End(nil, nil)
	}
	if now.end != nil {
		c.o.Aborted = now.end()
	}
	return false
}

// inTurn computes the turns that are left, several at once, and tells each of them in
// order. While somebody watches they are as many as there are cores: the next event is
// never further away than what a single party computes.
func (c *course) inTurn(now part, turn *int, stop func() bool) (stopped bool) {
	size := now.turns
	if now.together > 0 {
		size = now.together
	}
	if c.t.Watched() && c.known == nil {
		size = runtime.GOMAXPROCS(0)
	}
	for *turn < now.turns {
		from, to := *turn, min(*turn+size, now.turns)
		if now.every > 0 {
			if from > 0 && from%now.every == 0 && stop() {
				return true
			}
			to = min(to, (from/now.every+1)*now.every)
		}
		for _, compute := range now.compute {
			c.each(c.t, to-from, func(i int) { compute(from + i) })
		}
		for ; *turn < to; *turn++ {
			now.tell(*turn)
		}
	}
	return false
}

// staying lists those of the workers who are still there at a stage.
func (c *course) staying(workers []int, s Stage) []int {
	var out []int
	for _, u := range workers {
		if c.leaves(u) > s {
			out = append(out, u)
		}
	}
	c.o.Gone[s] = len(workers) - len(out)
	return out
}

// memo is where results are kept while somebody watches, but for a round that is retraced:
// it is long over, and would push out those that are near.
func (c *course) memo() *recall {
	if c.known != nil {
		return nil
	}
	return c.rounds.while(c.t)
}

// common finds what the owner of a private key has in common with the owners of public
// ones, four words each: a key that is derived for a purpose.
func (c *course) common(who string, own, theirs []uint64, purpose string) []uint64 {
	memo := c.keys.while(c.t)
	return memo.get(memo.of("common").text(purpose).words(own, theirs), func() []uint64 {
		key, out := private(take(own)), make([]uint64, len(theirs))
		for at := 0; at < len(theirs); at += seedWords {
			put(out[at:], c.agree(who, key, take(theirs[at:]), purpose))
		}
		return out
	})
}

// agree finds a key as [agree] does. Where it fails, who computes it is named.
func (c *course) agree(who string, own *ecdh.PrivateKey, theirs seed, purpose string) seed {
	key, err := agree(own, theirs, purpose)
	if err != nil {
		panic(&party.Abort{Party: who, Cause: err})
	}
	return key
}

// meet finds the keys of the channels between a worker and others, of whom it got the public
// channel keys, n × 4. Workers keep their channel keys, so that these are the same in all of
// a run; both ends of a channel find the same one, and the simulator, which hosts both,
// computes it once.
func (c *course) meet(u int, others []int, theirs []uint64) []seed {
	w := c.Workers[u]
	own := sync.OnceValue(func() *ecdh.PrivateKey { return private(take(w.Store.Need(w.ID, channelKey).Uint64s())) })
	keys := make([]seed, len(others))
	for i, v := range others {
		keys[i] = c.channels.get(ends(u, v), func() seed { return c.agree(w.ID, own(), take(theirs[seedWords*i:]), inTransit) })
	}
	return keys
}
