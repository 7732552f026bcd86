package stage

import (
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
)

// onFewShares is a small scenario of training on shares.
func onFewShares(t testing.TB) engine.Scenario {
	t.Helper()
	s, err := engine.Default("encrypted", "default")
	if err != nil {
		t.Fatal(err)
	}
	s.Seed, s.Fixed, s.Data.Rows = 7, true, 16
	s.Network.Hidden = []int{4, 3}
	s.Learning.Epochs, s.Learning.Batch = 2, 6
	return s
}

// The screens of training on shares, for the eyes that see everything, a holder’s and
// the dealer’s.
func TestSharingScreens(t *testing.T) {
	s := onFewShares(t)
	for _, c := range []struct {
		name  string
		eyes  string // the party's name, empty: everything
		kind  trace.Kind
		event string
		n     int
	}{
		{"sharing-setup", "", trace.Span, "setup", 1},
		{"sharing-split", "", trace.Local, "split", 2},
		{"sharing-matmul", "", trace.Local, "matmul", 2},
		{"sharing-masked", "", trace.Span, "open d", 2},
		{"sharing-digits", "", trace.Span, "combine digits", 1},
		{"sharing-relu", "", trace.Local, "relu", 1},
		{"sharing-opening", "", trace.Open, "c", 2},
		{"sharing-message", "", trace.Sent, "share of d", 2},
		{"sharing-deal", "", trace.Sent, "deal c = a·b", 2},
		{"sharing-loss", "", trace.Open, "loss", 1},
		{"sharing-reveal", "", trace.Open, "model", 1},
		{"sharing-holder-matmul", "2", trace.Local, "matmul", 2},
		{"sharing-holder-relu", "2", trace.Local, "relu", 1},
		{"sharing-holder-loss", "2", trace.Open, "loss", 1},
		{"sharing-dealer", "dealer", trace.Sent, "deal c = a·b", 2},
	} {
		step := stepOf(t, s, c.kind, c.event, c.n)
		inBoxes(t, c.name, func(w, h int) driver {
			d := newDriver(t, s, w, h)
			d.send(key.GoTo).typing(strconv.Itoa(step))
			if c.eyes == "dealer" {
				d.look("dealer")
				d.draw()
			} else if c.eyes != "" {
				d.send(key.EyesOf + key.Intent(c.eyes))
			}
			return d
		})
	}
}

// Ten holders: no room between them, so their messages take the bus, and the table
// says how many more there are.
func TestManyHolders(t *testing.T) {
	s := onFewShares(t)
	s.Shares.Holders = 10
	for _, c := range []struct {
		name string
		kind trace.Kind
	}{{"sharing-crowd-message", trace.Sent}, {"sharing-crowd-round", trace.Span}} {
		event := map[trace.Kind]string{trace.Sent: "share of d", trace.Span: "open d"}[c.kind]
		step := stepOf(t, s, c.kind, event, 1)
		inBoxes(t, c.name, func(w, h int) driver {
			return newDriver(t, s, w, h).send(key.GoTo).typing(strconv.Itoa(step))
		})
	}
}

// The table of all parties' shares has the sum and its number in whatever room: words are
// written short first, then parties are left out, and how many is said.
func TestAllPartiesFit(t *testing.T) {
	s := onFewShares(t)
	for _, c := range []struct{ holders, w, h int }{{3, 80, 24}, {3, 100, 30}, {3, 120, 36}, {10, 100, 30}, {10, 200, 60}} {
		s.Shares.Holders = c.holders
		d := newDriver(t, s, c.w, c.h)
		d.send(key.GoTo).typing(strconv.Itoa(stepOf(t, s, trace.Local, "matmul", 1)))
		d.focusOn(inspectorPane)
		for i, p := range d.all.Parties {
			if p.Role == "holder" {
				d.view.selected = i
			}
		}
		inspect := d.panes[inspectorPane].(*inspector)
		inspect.object = "x"
		d.send(key.Look)
		text := d.text()
		if !strings.Contains(text, "Σ mod 2⁶⁴") || !strings.Contains(text, "= ") {
			t.Errorf("%d holders at %d×%d: the sum is left out:\n%s", c.holders, c.w, c.h, text)
		}
		shown := 0
		for _, p := range d.all.Parties {
			if p.Role == "holder" && (strings.Contains(text, " "+d.view.sign(p.ID)+" ") || strings.Contains(text, d.view.mark(p.ID)+" "+p.ID)) {
				shown++
			}
		}
		if !strings.Contains(text, " +") && shown < c.holders {
			t.Errorf("%d holders at %d×%d: %d are shown, and no word of others:\n%s", c.holders, c.w, c.h, shown, text)
		}
		unbroken(t, d)
	}
}

// Every step on shares can be told and drawn, forward message by message and back by
// operations, for all eyes and for a holder's.
func TestEveryStepOnSharesIsTold(t *testing.T) {
	for _, c := range []struct {
		loss, softmax, truncation string
		holders                   int
	}{{"nll", "exp", "dealer", 3}, {"mse", "fourier", "local", 2}, {"nll", "exp", "exact", 2}} {
		s := onFewShares(t)
		s.Data.Rows, s.Learning.Epochs, s.Learning.Batch, s.Network.Hidden = 8, 1, 8, []int{3}
		s.Learning.Loss, s.Shares.Softmax, s.Shares.Truncation, s.Shares.Holders = c.loss, c.softmax, c.truncation, c.holders
		t.Run(c.loss+"-"+c.truncation, func(t *testing.T) { toldThroughout(t, newDriver(t, s, 120, 36)) })
	}
}

func toldThroughout(t *testing.T, d driver) {
	turn := 0
	check := func() {
		t.Helper()
		if turn++; turn%3 == 0 { // a holder's eyes only now and then: drawing is what takes time
			d.send(key.EyesOf + "2")
		} else if turn%3 == 1 {
			d.send(key.Everything)
		}
		told := d.text()
		for _, bad := range []string{"NaN", "%!", "not a number", "Open d", "Combine digits", "The holders compute on their shares"} {
			if strings.Contains(told, bad) {
				t.Fatalf("step %d, %q:\n%s", d.step(), bad, told)
			}
		}
	}
	d.send(key.Finer, key.Finer)
	for d.step() < d.view.scene.Snapshot.Total {
		before := d.step()
		d.send(key.Forward)
		if d.step() == before {
			t.Fatalf("it stands still at step %d:\n%s", before, d.text())
		}
		check()
	}
	d.send(key.Coarser, key.Coarser)
	for d.step() > 0 {
		before := d.step()
		d.send(key.Backward)
		if d.step() >= before {
			t.Fatalf("it does not go back from step %d:\n%s", before, d.text())
		}
		check()
	}
}
