package encrypted

import (
	"fmt"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mpc"
	"unseen/engine/trace"
)

// remember puts the holders' shares of a value into their memories. Weights stay;
// everything else passes.
func (e *Encrypted) remember(name string, v *Number, origin string) {
	step := e.tracer.Step() + 1
	for _, part := range e.shares.Parts(v) {
		store := e.party(part.Party).Store
		o, ok := store.Get(name)
		store.PutShare(name, trace.Share, v.bits, part.Data, step, origin, !ok || o.Passing)
	}
	v.Known = name // what is opened of it is called by that
}

// settled puts the holders' shares of a number that was truncated into their memories.
func (e *Encrypted) settled(v *Number) {
	e.remember(v.Name, v, fmt.Sprintf("%s, cut to %d fraction bits", v.Name, v.bits))
}

// rememberMasks puts the masks of the rows of a batch, and what was opened under them, into
// the holders' memories: each row was masked once, for all batches that it is in.
func (e *Encrypted) rememberMasks(name string, v *Number) {
	mask, opened, ok := v.Masks()
	if !ok {
		return
	}
	all := map[string]string{"x": "X", "y": "Y"}[name]
	for i, h := range e.holders {
		step := e.tracer.Step() + 1
		h.Store.PutShare("a "+name, trace.Share, 0, mask[i], step, "rows of a "+all, true)
		h.Store.PutShare("d "+name, trace.Opened, v.bits, opened[i], step, "rows of d "+all, true)
	}
}

// keep puts the holders' shares of the model into their memories. Without an origin
// it is where the update came from.
func (e *Encrypted) keep(origin string) {
	if !e.tracer.Watched() {
		return
	}
	put := func(name string, v *Number) {
		for i, h := range e.holders {
			step, how := e.tracer.Step(), origin
			if o, ok := h.Store.Get(name); ok && origin == "" { // as the update left it, settled now
				step, how = o.Step, o.Origin
			}
			h.Store.PutShare(name, trace.Share, v.bits, v.Share[i], step, how, false)
		}
	}
	for l := range e.net.W {
		w, b := local.Weights(l + 1)
		put(w, e.net.W[l])
		put(b, e.net.B[l])
	}
}

// carry copies the weights out of the buffers of the step.
func (e *Encrypted) carry() {
	for _, list := range [][]*Number{e.net.W, e.net.B} {
		for l, v := range list {
			x := &mpc.Shared{Name: v.Name, Share: make([]*tensor.Dense, len(v.Share))}
			for i, s := range v.Share {
				x.Share[i] = s.Clone().(*tensor.Dense)
			}
			list[l] = whole(x, v.bits)
		}
	}
}

// need stops a watched run in which a holder has lost a share of the model.
func (e *Encrypted) need() {
	if !e.tracer.Watched() {
		return
	}
	for _, h := range e.holders {
		for _, name := range local.Names(len(e.net.W)) {
			h.Store.Need(h.ID, name)
		}
	}
}

// forget forgets what the batch before left behind.
func (e *Encrypted) forget() {
	if !e.tracer.Watched() {
		return
	}
	e.server.Store.DropPassing()
	e.dealer.Store.DropPassing()
	for _, h := range e.holders {
		h.Store.DropPassing()
	}
}
