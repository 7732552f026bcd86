package encrypted

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"strings"

	"gorgonia.org/tensor"

	"unseen/engine/local"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// setUp shares keys, model and rows, and scales the rows on shares.
func (e *Encrypted) setUp() {
	e.tracer.Begin(trace.Scope{Level: trace.Epoch, Name: "setup"})
	e.sendKeys()
	e.splitModel()
	e.splitRows()
	e.keepRows()
	if e.rows.Scaling.How == "standard" {
		e.standardise()
	}
	masked := []string{local.Scaled, local.Labels}
	if e.settings.crossEntropy(e.learning) {
		e.protocol.MaskNamed(masked, e.x, e.y)
	} else { // labels are subtracted only
		masked = masked[:1]
		e.protocol.MaskNamed(masked, e.x)
	}
	e.keepMasks(masked)
	e.end()
}

// local runs an operation of one party alone and reports it.
func (e *Encrypted) local(name string, p *party.Party, in []trace.Value, f func() []trace.Value) {
	e.tracer.Begin(trace.Scope{Level: trace.Operation, Name: name})
	out := f()
	if e.tracer.Watched() {
		e.tracer.EndLocal(p.ID, in, out)
	}
}

// words returns a key as a matrix of 4 words.
func words(k rng.Key) *tensor.Dense {
	w := ring.New(1, len(k)/8)
	for i := range w.Uint64s() {
		w.Uint64s()[i] = binary.LittleEndian.Uint64(k[8*i:])
	}
	return w
}

// key is the inverse of words.
func key(w *tensor.Dense) (k rng.Key) {
	for i, word := range w.Uint64s() {
		binary.LittleEndian.PutUint64(k[8*i:], word)
	}
	return k
}

// keepKeys puts into the dealer's memory what it has from the start and never forgets:
// the key that each holder is going to be sent. From all of them it expands the other side
// of everything it deals.
func (e *Encrypted) keepKeys() {
	for i, h := range e.holders {
		e.dealer.Store.PutFrozen(KeyFor+h.ID, trace.Plain, words(e.deal.Key(i)), 0, "drawn by the dealer")
	}
}

// sendKeys: the dealer sends each holder the key from which both expand what is
// uniform.
func (e *Encrypted) sendKeys() {
	e.link.Exchange(e.tracer, "send keys", func() {
		for i, h := range e.holders {
			arrived := e.protocol.Arrives(DealersKey, e.dealer, h, words(e.deal.Key(i)))
			e.deal.Receive(i, key(arrived))
			e.link.Send(e.tracer, e.dealer, h, "send key", party.Parcel{Name: DealersKey, Data: arrived})
		}
	})
}

// splitModel: the server draws the initial weights and shares them.
func (e *Encrypted) splitModel() {
	store := e.server.Store
	e.local("init", e.server, nil, func() []trace.Value {
		for _, p := range local.Parcels(nn.Clone(e.learning.Initial)) {
			store.Put(p.Name, trace.Plain, p.Data, e.tracer.Step()+1, "initial weights")
		}
		return local.Values(e.server, local.Names(e.learning.Initial.Layers())...)
	})
	e.shareModel(InitialShare)
}

// shareModel: the server encodes and splits its model, and sends all holders but the last
// a seed and the last one its share. origin is what the shares are from.
func (e *Encrypted) shareModel(origin string) {
	f := e.settings.WeightBits()
	flat := nn.Pack(e.learning.Initial)
	encoded := e.encode(flat, f)
	c := e.split(e.server.ID, "split model", encoded)
	e.local("split", e.server, []trace.Value{plain(e.server, "model", encoded, f)}, func() []trace.Value {
		return e.splitValues(e.server, "model", c, f)
	})
	arrived, shares := make([]*tensor.Dense, len(e.holders)), make([]*tensor.Dense, len(e.holders))
	e.link.Exchange(e.tracer, "share model", func() {
		for i, h := range e.holders {
			arrived[i] = e.arrives("model", e.server, c, i)
			e.link.Send(e.tracer, e.server, h, "share model", parcel("model", c, i, f, arrived[i]))
		}
	})
	for i, h := range e.holders {
		shares[i] = received(c, i, arrived[i])
		h.Store.Remove("seed of model")
		h.Store.Remove("share of model")
	}
	e.net = nn.Network[*Number]{}
	at := 0
	take := func(name string, shape tensor.Shape) *Number {
		x := &mpc.Shared{Name: name, Share: make([]*tensor.Dense, len(shares))}
		for i, s := range shares {
			x.Share[i] = ring.From(shape[0], shape[1], s.Uint64s()[at:at+shape[0]*shape[1]:at+shape[0]*shape[1]])
		}
		at += shape[0] * shape[1]
		return whole(x, f)
	}
	for l := range e.learning.Initial.W {
		w, b := local.Weights(l + 1)
		e.net.W = append(e.net.W, take(w, e.learning.Initial.W[l].Shape()))
		e.net.B = append(e.net.B, take(b, e.learning.Initial.B[l].Shape()))
	}
	e.keep(origin)
}

// encode encodes real numbers; one that is out of range ends the run.
func (e *Encrypted) encode(x *tensor.Dense, f int) *tensor.Dense {
	out := ring.New(x.Shape()[0], x.Shape()[1])
	if err := (ring.Fixed{Bits: f}).EncodeMatrix(out, x); err != nil {
		panic(abort(err))
	}
	return out
}

// split splits a matrix of a party among the holders. label must be new for each
// use by that party.
func (e *Encrypted) split(id, label string, x *tensor.Dense) *share.Compressed {
	var redraw share.Redraw
	if e.redraw != nil {
		redraw = func(holder int, expanded rand.Source) rand.Source { return e.redraw(id, holder, expanded) }
	}
	c, err := share.SplitRedrawn(ring.Ring{}, x, len(e.holders), e.learning.Root.Party(id).Stream(label, 0, 0), redraw)
	if err != nil {
		panic(abort(err))
	}
	return c
}

// parcel is what holder i gets of a sharing, as it arrives: a seed, or a share in full.
func parcel(name string, c *share.Compressed, i, fraction int, arrived *tensor.Dense) party.Parcel {
	if i < len(c.Seeds) {
		return party.Parcel{Name: "seed of " + name, Data: arrived}
	}
	return party.Parcel{Name: "share of " + name, Form: trace.Share, Fraction: fraction, Data: arrived}
}

// plain names a value that one party knows.
func plain(p *party.Party, name string, x *tensor.Dense, fraction int) trace.Value {
	return trace.Value{Name: name, Form: trace.Plain, Fraction: fraction, Parts: []trace.Part{{Party: p.ID, Data: x}}}
}

// splitValues names the shares that their owner has made: it knows them all.
func (e *Encrypted) splitValues(owner *party.Party, name string, c *share.Compressed, fraction int) []trace.Value {
	if !e.tracer.Watched() {
		return nil
	}
	out := make([]trace.Value, len(e.holders))
	for i, h := range e.holders {
		out[i] = trace.Value{Name: name + " for " + h.ID, Form: trace.Share, Fraction: fraction, Parts: []trace.Part{{Party: owner.ID, Data: c.Share(i)}}}
	}
	return out
}

// bits returns the fraction bits of the run's numbers.
func (e *Encrypted) bits() Bits { return e.settings.Bits(e.rows.Len(), e.rows.Scaling.How) }

// splitRows: each owner of rows divides its columns by public powers of two,
// encodes and splits features and labels, and sends each holder a seed or a share.
// The holders put the shares of all rows together.
func (e *Encrypted) splitRows() {
	n, features, classes := e.rows.Len(), e.rows.Raw.Shape()[1], e.rows.Labels.Shape()[1]
	f := e.bits().Shared
	splits := make([]*share.Compressed, len(e.owners))
	for k, o := range e.owners {
		var x *tensor.Dense
		store := o.Party.Store
		raw := store.Need(o.Party.ID, local.Raw)
		e.local("encode", o.Party, local.Values(o.Party, local.Raw, local.Labels), func() []trace.Value {
			x = e.encodeRows(raw, store.Need(o.Party.ID, local.Labels), f)
			if e.tracer.Watched() {
				store.PutShare(OwnRow, trace.Plain, f, x, e.tracer.Step()+1, "scaled by public bounds, in fixed point, with its labels", true)
			}
			return []trace.Value{plain(o.Party, OwnRow, x, f)}
		})
		splits[k] = e.split(o.Party.ID, "split rows", x)
		e.local("split", o.Party, []trace.Value{plain(o.Party, OwnRow, x, f)}, func() []trace.Value {
			e.keepSplit(o.Party, splits[k], f)
			return e.splitValues(o.Party, "row", splits[k], f)
		})
	}
	arrived := make([][]*tensor.Dense, len(e.owners)) // by owner and holder
	e.link.Exchange(e.tracer, "share rows", func() {
		for k, o := range e.owners {
			arrived[k] = make([]*tensor.Dense, len(e.holders))
			for i, h := range e.holders {
				arrived[k][i] = e.arrives("row", o.Party, splits[k], i)
				if o.Party != h { // a holder keeps its own share of its own rows
					e.link.Send(e.tracer, o.Party, h, "share row", parcel("row of "+o.Party.ID, splits[k], i, f, arrived[k][i]))
				}
			}
		}
	})
	for _, o := range e.owners { // what was split is of no more use
		o.Party.Store.RemoveFunc(func(name string) bool {
			return name == OwnRow || strings.HasPrefix(name, SeedFor) || strings.HasPrefix(name, ShareFor)
		})
	}
	e.x, e.y = newShared(len(e.holders), n, features), newShared(len(e.holders), n, classes)
	for k, o := range e.owners {
		for i := range e.holders {
			s := received(splits[k], i, arrived[k][i]).Uint64s()
			for r, at := range o.index {
				row := s[r*(features+classes) : (r+1)*(features+classes)]
				copy(e.x.Share[i].Uint64s()[at*features:], row[:features])
				copy(e.y.Share[i].Uint64s()[at*classes:], row[features:])
			}
		}
	}
	for _, h := range e.holders {
		h.Store.RemoveFunc(func(name string) bool {
			return strings.HasPrefix(name, "seed of row of ") || strings.HasPrefix(name, "share of row of ")
		})
	}
	e.x.Fraction, e.y.Fraction = f, e.settings.Fraction
}

// keepSplit puts what an owner splits its rows into into its memory, where somebody watches,
// until it is sent: the seeds it draws for all holders but the last, and what their shares
// lack, for the last one.
func (e *Encrypted) keepSplit(owner *party.Party, c *share.Compressed, fraction int) {
	if !e.tracer.Watched() {
		return
	}
	lacks := OwnRow
	for i, h := range e.holders {
		if i == len(c.Seeds) {
			owner.Store.PutShare(ShareFor+h.ID, trace.Share, fraction, c.Last, e.tracer.Step()+1, lacks, true)
			continue
		}
		owner.Store.PutShare(SeedFor+h.ID, trace.Plain, 0, words(c.Seeds[i]), e.tracer.Step()+1, "drawn: from it "+h.ID+" expands its share", true)
		lacks += " − what " + SeedFor + h.ID + " expands to"
	}
}

func newShared(holders, rows, columns int) *mpc.Shared {
	x := &mpc.Shared{Share: make([]*tensor.Dense, holders)}
	for i := range x.Share {
		x.Share[i] = ring.New(rows, columns)
	}
	return x
}

// encodeRows divides rows by the public bounds of their columns, unless they stay
// raw, encodes them with so many fraction bits and the labels with f, and lays them
// side by side.
func (e *Encrypted) encodeRows(raw, labels *tensor.Dense, inputBits int) *tensor.Dense {
	n, features, classes := raw.Shape()[0], raw.Shape()[1], labels.Shape()[1]
	x := raw
	if e.rows.Scaling.How != "none" {
		x = e.rows.Range.Apply(raw)
	}
	a, b := e.encode(x, inputBits), e.encode(labels, e.settings.Fraction)
	out := ring.New(n, features+classes)
	for r := range n {
		row := out.Uint64s()[r*(features+classes) : (r+1)*(features+classes)]
		copy(row, a.Uint64s()[r*features:(r+1)*features])
		copy(row[features:], b.Uint64s()[r*classes:(r+1)*classes])
	}
	return out
}

// standardise scales the shared rows to mean 0 and deviation 1 without seeing them:
// the sums of each column and of its squares are computed on shares and opened, and
// nothing else. Mean and 1/σ are public from there on.
//
//	mean = Σx/n   σ² = Σx²/n − mean²   x ← (x − mean)·(1/σ)
func (e *Encrypted) standardise() {
	f, n := e.bits().Shared, e.rows.Len()
	sums := e.protocol.SumRows(e.x)
	squares := e.protocol.SumRows(e.protocol.Square(e.x))
	opened := e.protocol.Release([]string{"Σx", "Σx²"}, "--normalize standard: sums over all training rows, from which mean and deviation of each column follow", sums, squares)
	mean, inverse := nn.New(1, sums.Share[0].Size()), nn.New(1, sums.Share[0].Size())
	for j := range mean.Size() {
		mean.Float64s()[j], inverse.Float64s()[j] = moments(opened[0].Uint64s()[j], opened[1].Uint64s()[j], n, f)
	}
	g := min(32, 61-f-(bits.Len(uint(n))+3)/2) // |x − mean|/σ is below √n
	shift, scale := e.encode(mean, f), ring.New(1, inverse.Size())
	for j, v := range inverse.Float64s() {
		scale.Uint64s()[j] = uint64(math.RoundToEven(math.Ldexp(v, g)))
	}
	ring.Ring{}.Neg(shift, shift)
	e.tracer.Begin(trace.Scope{Level: trace.Operation, Name: "standardise"})
	in := e.learner.Values("X", whole(e.x, f))
	x := number(e.protocol.MulPublicRow(scale, e.protocol.AddPublicRow(e.x, shift)), f+g, e.bits().Rows)
	x.Known = "(X − mean) · 1/σ"
	e.shares.Settle(x)
	e.x = x.Shared
	if e.tracer.Watched() {
		e.remember(local.Scaled, x, "(X − mean) · 1/σ")
	}
	for _, h := range e.holders {
		h.Store.PutFrozen("mean", trace.Opened, mean, e.tracer.Step()+1, "Σx / n")
		h.Store.PutFrozen("1/σ", trace.Opened, inverse, e.tracer.Step()+1, "from Σx² / n − mean²")
	}
	if e.tracer.Watched() {
		e.tracer.EndLocal("holders", in, e.learner.Values("X", x))
	}
}

// moments returns mean and 1/σ of a column from the opened sums of its elements and
// of their squares, which have f and 2f fraction bits. A column that does not vary
// has σ = 1: that is decided in whole numbers, n·Σx² − (Σx)².
func moments(sum, squares uint64, n, f int) (mean, inverse float64) {
	s, q := big.NewInt(int64(sum)), big.NewInt(int64(squares))
	variance := q.Mul(q, big.NewInt(int64(n)))
	variance.Sub(variance, new(big.Int).Mul(s, s)) // n²·σ², with 2f fraction bits
	mean = math.Ldexp(float64(int64(sum)), -f) / float64(n)
	if variance.Sign() <= 0 {
		return mean, 1
	}
	v, _ := new(big.Float).SetInt(variance).Float64()
	return mean, float64(n) / math.Sqrt(math.Ldexp(v, -2*f))
}

// keepRows puts the holders' shares of all rows into their memories.
func (e *Encrypted) keepRows() {
	e.x.Known, e.y.Known = local.Scaled, local.Labels
	if !e.tracer.Watched() {
		return
	}
	for i, h := range e.holders {
		if own, ok := h.Store.Get(local.Labels); ok && own.Form == trace.Plain { // of its own rows it knows them
			h.Store.PutFrozen(OwnLabels, trace.Plain, own.Data, own.Step, own.Origin)
		}
		h.Store.PutShare(local.Scaled, trace.Share, e.x.Fraction, e.x.Share[i], e.tracer.Step(), AllRows, false)
		h.Store.PutShare(local.Labels, trace.Share, e.y.Fraction, e.y.Share[i], e.tracer.Step(), AllLabels, false)
	}
}

// keepMasks makes all parties keep the masks of values, and what was opened under them: each
// of them serves every batch to come.
func (e *Encrypted) keepMasks(names []string) {
	for _, name := range names {
		e.dealer.Store.Stay("a " + name)
		for _, h := range e.holders {
			h.Store.Stay("a " + name)
			h.Store.Stay("d " + name)
		}
	}
}

// reveal sends the shares of the final model to its owner, and to nobody else.
func (e *Encrypted) reveal() {
	e.tracer.Begin(trace.Scope{Level: trace.Epoch, Name: "finish"})
	flat := newShared(len(e.holders), 1, nn.Pack(e.learning.Initial).Size())
	for i := range flat.Share {
		rest := flat.Share[i].Uint64s()
		for l := range e.net.W {
			rest = rest[copy(rest, e.net.W[l].Share[i].Uint64s()):]
			rest = rest[copy(rest, e.net.B[l].Share[i].Uint64s()):]
		}
	}
	flat.Fraction = e.settings.WeightBits()
	opened := e.protocol.RevealTo(e.server, "model", "the final model belongs to the server", flat)
	e.revealed = opened
	if e.tracer.Watched() {
		decoded := nn.New(1, opened.Size())
		ring.Fixed{Bits: e.settings.WeightBits()}.DecodeMatrix(decoded, opened)
		model := nn.Clone(e.learning.Initial)
		nn.Unpack(decoded, model)
		for _, p := range local.Parcels(model) {
			e.server.Store.Put(p.Name, trace.Plain, p.Data, e.tracer.Step()+1, "the final model")
		}
		e.tracer.End(nil, local.Values(e.server, local.Names(model.Layers())...))
	}
}
