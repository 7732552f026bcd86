package encrypted

import (
	"gorgonia.org/tensor"

	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/share"
)

// Tamper lets f change whatever is on its way in this run, see [mpc.Protocol.Tamper]:
// also seeds and shares of rows and of the initial weights. It is for experiments.
func (e *Encrypted) Tamper(f func(mpc.Flight)) { e.protocol.Tamper(f) }

// arrives returns what arrives at holder i of a sharing c of a party: a seed, or the
// share in full.
func (e *Encrypted) arrives(what string, from *party.Party, c *share.Compressed, i int) *tensor.Dense {
	if i == len(c.Seeds) {
		return e.protocol.Arrives("share of "+what, from, e.holders[i], c.Last)
	}
	return e.protocol.Arrives("seed of "+what, from, e.holders[i], words(c.Seeds[i]))
}

// received returns the share that holder i has of a sharing: what it expands from the
// seed that arrived, or what arrived in full.
func received(c *share.Compressed, i int, arrived *tensor.Dense) *tensor.Dense {
	if i == len(c.Seeds) {
		return arrived
	}
	seed := key(arrived)
	if seed == c.Seeds[i] {
		return c.Share(i)
	}
	own := share.Compressed{Ring: c.Ring, Rows: c.Rows, Columns: c.Columns, Seeds: append(c.Seeds[:0:0], c.Seeds...)}
	own.Seeds[i] = seed
	return own.Share(i)
}

// Revealed returns the final model as its owner has put it together; ok is false
// before that.
func (e *Encrypted) Revealed() (w nn.Weights, ok bool) {
	if e.revealed == nil {
		return w, false
	}
	flat := nn.New(1, e.revealed.Size())
	ring.Fixed{Bits: e.settings.WeightBits()}.DecodeMatrix(flat, e.revealed)
	w = nn.Clone(e.learning.Initial)
	nn.Unpack(flat, w)
	return w, true
}
