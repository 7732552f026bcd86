package engine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"unseen/engine/attack"
	"unseen/engine/lab"
	"unseen/engine/mpc"
	"unseen/engine/nn"
	"unseen/engine/party"
	"unseen/engine/prep"
	"unseen/engine/ring"
	"unseen/engine/rng"
	"unseen/engine/share"
	"unseen/engine/trace"
)

// product multiplies two numbers on shares in a ring of so many bits, each encoded
// with a factor, and decodes the result. eyes are those of holder 1.
func product(x, y, factor float64, bits int, eyes *lab.Eyes, key rng.Key) (result float64, err error) {
	defer func() {
		if abort, ok := recover().(*party.Abort); ok {
			err = abort
		}
	}()
	r := ring.Ring{}
	if bits < 64 {
		if r, err = ring.PowerOfTwo(bits); err != nil {
			return 0, err
		}
	}
	const holders = 2
	dealer, err := prep.NewDealer(r, holders, key.Party("dealer"))
	if err != nil {
		return 0, err
	}
	p, err := mpc.New(r, holders, dealer)
	if err != nil {
		return 0, err
	}
	eyes.Party, eyes.Ring = p.Holders[0].ID, r
	p.Tracer = trace.NewTracer(eyes.Observe, 0)
	split := func(v float64, owner string) (*mpc.Shared, error) {
		e := r.Element(int64(math.Round(v * factor)))
		shares, err := share.Split(r, ring.From(1, 1, []uint64{e}), holders, key.Party(owner).Stream("split", 0, 0))
		if err != nil {
			return nil, err
		}
		eyes.Hold(shares[0])
		return p.NewShared(shares)
	}
	a, err := split(x, "first")
	if err != nil {
		return 0, err
	}
	b, err := split(y, "second")
	if err != nil {
		return 0, err
	}
	z := p.Open("the result", p.Mul(a, b))[0].Uint64s()[0]
	return float64(r.Signed(z)) / factor / factor, nil
}

// tenDigits multiplies with ten decimal digits in 62 bits, and with 16 bits in 64.
func tenDigits(_ context.Context, q LabRequest, r *lab.Report) error {
	key := rng.Seeded(q.Scenario.Seed).Party("lab")
	t := lab.Table{Name: "products", Title: "Products on shares",
		Columns: []lab.Column{{Name: "x", Head: "x"}, {Name: "y", Head: "y"}, {Name: "true", Head: "x·y"},
			{Name: "ten_digits_62_bits", Head: "10 digits, 62 bits"}, {Name: "three_digits_62_bits", Head: "3 digits, 62 bits"}, {Name: "16_bits_64_bits", Head: "16 bits, 64 bits"}}}
	wrong, eyes := 0, &lab.Eyes{}
	for i, c := range [][2]float64{{0.1, 0.2}, {0.2, 0.23}, {0.2, 0.24}, {1.5, 2}, {-3, 0.75}, {40, 25}} {
		row := []any{c[0], c[1], c[0] * c[1]}
		for j, way := range []struct {
			factor float64
			bits   int
		}{{1e10, 62}, {1e3, 62}, {math.Exp2(16), 64}} {
			z, err := product(c[0], c[1], way.factor, way.bits, eyes, key.Party(fmt.Sprint(i, j)))
			if err != nil {
				return err
			}
			if j == 0 && math.Abs(z-c[0]*c[1]) > 1e-6 {
				wrong++
			}
			row = append(row, z)
		}
		t.Rows = append(t.Rows, row)
	}
	r.Saw = []string{"holder 1, over all products, right and wrong: " + eyes.Text(), "the products themselves: opened, they are numbers like others"}
	r.Tables = append(r.Tables, t)
	r.Facts = append(r.Facts, lab.Fact{Name: "wrong", Label: "wrong with ten digits, of 6", Value: wrong},
		lab.Fact{Name: "largest_product", Label: "largest product that fits", Value: math.Exp2(61) / 1e20})
	return nil
}

// revealedFirst hands an applicant's row to three holders: by way of the server,
// and split by its owner. What the server saw is looked at through its eyes.
func revealedFirst(_ context.Context, q LabRequest, r *lab.Report) error {
	d, err := Prepare(q.Scenario, q.Set)
	if err != nil {
		return err
	}
	x := d.Scaling.Apply(d.Set.X).Float64s()[:d.Features()]
	t := lab.Table{Name: "ways", Title: "One row on its way to three holders",
		Columns: []lab.Column{{Name: "way", Head: "who splits"}, {Name: "messages", Head: "messages the server got"}, {Name: "numbers", Head: "numbers in plain"}, {Name: "row_known", Head: "knows the row"}}}
	for _, atServer := range []bool{true, false} {
		view, err := handOver(x, atServer, rng.Seeded(q.Scenario.Seed).Party("lab"))
		if err != nil {
			return err
		}
		plain, known := 0, false
		for _, m := range view.Messages {
			for _, v := range m.Values {
				if numbers, ok := v.Data.Data().([]float64); ok && view.Has(m.To) {
					plain, known = plain+len(numbers), known || slices.Equal(numbers, x)
				}
			}
		}
		who := "the owner"
		if atServer {
			who = "the server"
		}
		t.Rows = append(t.Rows, []any{who, view.Received(), plain, known})
		r.Saw = append(r.Saw, fmt.Sprintf("where %s splits: %d numbers in plain; is the row among them: %s", who, plain, lab.Text(known)))
	}
	r.Tables = append(r.Tables, t)
	return nil
}

// handOver runs the hand-over and returns what the server saw.
func handOver(x []float64, atServer bool, key rng.Key) (*attack.View, error) {
	f, err := ring.NewFixed(16)
	if err != nil {
		return nil, err
	}
	owner, server := party.New("owner", 1, party.Worker), party.New("server", 0, party.Server)
	row := nn.New(1, len(x))
	copy(row.Float64s(), x)
	encoded := ring.New(1, len(x))
	if err := f.EncodeMatrix(encoded, row); err != nil {
		return nil, err
	}
	view := attack.NewView(server.ID)
	tracer := trace.NewTracer(func(e *trace.Event) {
		for _, id := range [...]string{e.Party, e.To} {
			if view.Has(id) {
				view.Observe(EventAs(e, id))
			}
		}
	}, 0)
	var link party.Link
	splitter := owner
	if atServer {
		splitter = server
		link.Exchange(tracer, "send row", func() { link.Send(tracer, owner, server, "send row", party.Parcel{Name: "row", Data: row}) })
	}
	shares, err := share.Split(ring.Ring{}, encoded, 3, key.Party(splitter.ID).Stream("split", 0, 0))
	if err != nil {
		return nil, err
	}
	link.Exchange(tracer, "share row", func() {
		for i, s := range shares {
			holder := party.New(fmt.Sprint("holder ", i+1), i+2, party.Holder)
			link.Send(tracer, splitter, holder, "share of row", party.Parcel{Name: "row", Form: trace.Share, Data: s})
		}
	})
	return view, nil
}
