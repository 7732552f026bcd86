package recording

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"unseen/engine"
)

func matrix(rows, columns int, f func() float64) *tensor.Dense {
	x := make([]float64, rows*columns)
	for i := range x {
		x[i] = f()
	}
	return tensor.New(tensor.WithShape(rows, columns), tensor.WithBacking(x))
}

// Whatever a tensor is said to follow from, it is read as it was written, and what
// follows from tensors before it to the last bit takes no room.
func TestDerivedTensorsAreReadAsTheyWere(t *testing.T) {
	var file bytes.Buffer
	w := newBlobWriter(&file)
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() float64 { return []float64{r.NormFloat64(), 0, math.Copysign(0, -1)}[r.IntN(3)] }
	var want []*tensor.Dense
	put := func(x *tensor.Dense, how *derivation, a, b *tensor.Dense) uint32 {
		n, err := w.derive(x, how, a, b)
		if err != nil || int(n) != len(want)+1 {
			t.Fatal(n, err)
		}
		want = append(want, x)
		return n
	}
	x, dz := matrix(1, 8, draw), matrix(1, 6, draw)
	a, b := put(x, nil, nil, nil), put(dz, nil, nil, nil)
	dw := matrix(8, 6, draw)
	for i := range dw.Float64s() {
		dw.Float64s()[i] = x.Float64s()[i/6]*dz.Float64s()[i%6] + 0
	}
	before := len(w.body)
	slope := put(dw, &derivation{formula: outer, a: a, b: b}, x, dz)
	if size := len(w.body) - before; size != 0 {
		t.Errorf("an outer product takes %d bytes", size)
	}
	weights := matrix(8, 6, draw)
	last := put(weights, nil, nil, nil)
	for n := range 3 * maxDerived {
		next := weights.Clone().(*tensor.Dense)
		for i := range next.Float64s() {
			next.Float64s()[i] -= float64(0.1 / 3 * dw.Float64s()[i])
		}
		if n%3 == 2 {
			next.Float64s()[r.IntN(48)] += 1e-9 // a formula that does not hold
		}
		rate := rateOf(0.1, weights.Float64s(), dw.Float64s(), next.Float64s())
		last = put(next, &derivation{formula: descent, a: last, b: slope, rate: rate}, weights, dw)
		weights = next
	}
	put(matrix(5, 1, draw), &derivation{formula: outer, a: a, b: b}, x, dz) // of another shape
	if err := w.flush(); err != nil {
		t.Fatal(err)
	}
	payload := file.Bytes()[frameHead : file.Len()-4]
	list, err := readBlobs(nil, payload, frameHead)
	if err != nil || len(list) != len(want) {
		t.Fatal(len(list), err)
	}
	back := newBlobReader(bytes.NewReader(file.Bytes()), list)
	derived, deepest := 0, uint8(0)
	for _, n := range r.Perm(len(want)) {
		got, err := back.get(uint32(n + 1))
		if err != nil || !got.Shape().Eq(want[n].Shape()) || !slices.EqualFunc(got.Float64s(), want[n].Float64s(), func(x, y float64) bool {
			return math.Float64bits(x) == math.Float64bits(y)
		}) {
			t.Fatalf("tensor %d is %v, was %v: %v", n+1, got, want[n], err)
		}
		if list[n].how != nil {
			derived++
		}
		deepest = max(deepest, list[n].depth)
	}
	if derived < 2*maxDerived || deepest != maxDerived {
		t.Errorf("%d of %d tensors are derived, at most %d on each other", derived, len(want), deepest)
	}
}

// What claims to follow from a tensor that is not there, or not of that kind, is
// refused.
func TestDerivationsThatDoNotFitAreRefused(t *testing.T) {
	blobs := func(how func([]byte) []byte) []byte {
		p := []byte{2, float64Blob, 2, 1, 8, 64} // two tensors: a single row …
		p = append(p, float64Blob|derivedBlob, 2, 1, 8)
		return append(append(how(p), 0), make([]byte, 64)...) // … and one that follows from it
	}
	formula := func(kind byte, a, b byte) func([]byte) []byte {
		return func(p []byte) []byte {
			p = append(p, kind, a, b)
			if kind == descent {
				p = binary.LittleEndian.AppendUint64(p, math.Float64bits(0.1))
			}
			return p
		}
	}
	if list, err := readBlobs(nil, blobs(formula(descent, 1, 1)), 0); err != nil || list[1].how == nil {
		t.Fatal(err)
	}
	for name, how := range map[string]func([]byte) []byte{
		"itself":        formula(descent, 0, 1),
		"before all":    formula(descent, 1, 2),
		"no formula":    formula('x', 1, 1),
		"another shape": formula(outer, 1, 1),
	} {
		if _, err := readBlobs(nil, blobs(how), 0); err == nil {
			t.Errorf("%s: no complaint", name)
		}
	}
}

// A recording of local training is a fraction of what its tensors take, since most of
// them follow from others; a file of version 1, which had no such tensors, is read.
func TestRecordingsOfLocalTrainingAreSmall(t *testing.T) {
	s := small(t, engine.Aggregated)
	s.Network.Hidden, s.Learning.Local = []int{30, 20}, 3
	var out bytes.Buffer
	sum, err := Write(background, &out, open(t, s), Options{})
	if err != nil || int64(out.Len()) > sum.Bytes/4 {
		t.Errorf("%d bytes of %d: %v", out.Len(), sum.Bytes, err)
	}
	r := replay(t, out.Bytes())
	if err := r.Seek(background, sum.Steps/2); err != nil || r.Snapshot(nil).Err != nil {
		t.Error(err)
	}
	old := bytes.Replace(record(t, small(t, engine.Encrypted), Options{Steps: 300}), []byte("recording 2"), []byte("recording 1"), 1)
	if r := replay(t, old); r.Seek(background, 200) != nil || r.Snapshot(nil).Step != 200 {
		t.Error("a file of version 1 is not read")
	}
}
