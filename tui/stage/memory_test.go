package stage

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// atProduct shows the memory of the first holder after a product, an object of it selected.
func atProduct(t *testing.T, object string, w, h int) driver {
	t.Helper()
	s := onFewShares(t)
	d := newDriver(t, s, w, h)
	d.send(key.GoTo).typing(strconv.Itoa(stepOf(t, s, trace.Local, "matmul", 1)))
	d.focusOn(inspectorPane)
	for i, p := range d.all.Parties {
		if p.Number == 1 {
			d.view.selected = i
		}
	}
	d.panes[inspectorPane].(*inspector).object = object
	d.draw()
	return d
}

// All parties' shares can be read in every format, and stay on the screen when it changes:
// one below the other, where there is no room for all beside each other.
func TestAllPartiesInEveryFormat(t *testing.T) {
	d := atProduct(t, "z1", 120, 36)
	value, _ := d.all.Shared("z1")
	sum := engine.Decode(value)
	d.send(key.Look)
	for range int(formats) {
		f := d.panes[inspectorPane].(*inspector).format
		if f == decoded {
			f = hex
		}
		flat := strings.Join(strings.FieldsFunc(d.text(), func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'f') }), "")
		for _, part := range append(value.Parts, trace.Part{}) {
			n := sum
			if part.Data != nil {
				n = engine.DecodePart(part.Data, 0)
			}
			want := f.text(n, 0, 0)
			if f == bitwise { // in two lines
				for _, half := range []string{want[:word/2], want[word/2:]} {
					if !strings.Contains(d.text(), half) {
						t.Errorf("in bits %q of %s is not on the screen:\n%s", half, part.Party, d.text())
					}
				}
			} else if !strings.Contains(d.text(), want) && !strings.Contains(flat, want) {
				t.Errorf("%s: %s of %s is not on the screen:\n%s", formatNames[f], want, part.Party, d.text())
			}
		}
		d.send(key.Numbers)
		if d.panes[inspectorPane].(*inspector).look != lookShares {
			t.Fatal("the format leads away from all parties")
		}
	}
}

// What is opened under a mask is written in hex wherever it is looked at, and its bits are
// not measured as those of a number; a cell has all its bits below the matrix.
func TestMaskedIsWrittenInHex(t *testing.T) {
	d := atProduct(t, "d w1", 120, 36)
	o, ok := d.view.party().Memory.Object("d w1")
	if !ok {
		t.Fatal("d w1 is not in memory")
	}
	word, number := fmt.Sprintf("%016x", o.Data.Uint64s()[0]), decoded.text(engine.DecodePart(o.Data, o.Fraction), o.Fraction, 0)
	for range 2 { // the numbers, and all parties
		if text := d.text(); !strings.Contains(text, word) || strings.Contains(text, number) {
			t.Errorf("want %s and not %s:\n%s", word, number, text)
		}
		d.send(key.Look)
	}
	d.send(key.Look)
	if text := d.text(); strings.Contains(text, "headroom") || strings.Contains(text, "overflows") || !strings.Contains(text, "no number") {
		t.Errorf("the bits of a masked value:\n%s", text)
	}
	d.send(key.Numbers, key.Numbers, key.Numbers, key.Numbers)
	bits := fmt.Sprintf("%064b", o.Data.Uint64s()[0])
	for i := range 4 {
		if quarter := bits[16*i : 16*i+16]; !strings.Contains(d.text(), quarter) {
			t.Errorf("the bits %s are not on the screen:\n%s", quarter, d.text())
		}
	}
}

// Where there is no room for all its keys, the footer of the memory names those that lead to
// what is not on the screen.
func TestKeysOfTheMemory(t *testing.T) {
	d := atProduct(t, "z1", 80, 24)
	foot := d.text()[strings.LastIndex(d.text(), "\n"):]
	for _, k := range []string{"v look", "f format", "p origin", "/ find", "z full"} {
		if !strings.Contains(foot, k) {
			t.Errorf("no %q in %q", k, foot)
		}
	}
}

// The keys of the memory go there from wherever one is, and do what they say.
func TestKeysOfTheMemoryGoThere(t *testing.T) {
	for _, i := range []key.Intent{key.Look, key.Numbers, key.Sort, key.Origin} {
		d := newDriver(t, workshop(t, engine.Central), 120, 36)
		d.send(key.Forward)
		p := d.panes[inspectorPane].(*inspector)
		before, sorted, format := p.look, p.sort, p.format
		d.focusOn(happenedPane)
		name, ok := "", false
		for _, b := range key.Default() {
			if b.Intent == i {
				name = b.Keys[0]
				_, ok = key.Default().Find(name, d.Scopes()...)
			}
		}
		if d.send(i); !ok || d.focus != inspectorPane || p.look == before && p.sort == sorted && p.format == format {
			t.Errorf("%s (%s): bound %v, the focus is in pane %d", i, name, ok, d.focus)
		}
	}
}

// Whoever has the loss of a batch under way in memory is told so by the pane of the loss,
// and who has none is.
func TestTheLossInMemory(t *testing.T) {
	for _, s := range []engine.Scenario{workshop(t, engine.Federated), onFewShares(t)} {
		d := newDriver(t, s, 120, 36)
		kind, name := trace.Open, "loss"
		if s.Mode == engine.Federated {
			kind, name = trace.Local, s.Learning.Loss
		}
		d.send(key.GoTo).typing(strconv.Itoa(stepOf(t, s, kind, name, 1)))
		told := false
		for _, p := range d.all.Parties {
			o, has := p.Memory.Object("loss")
			d.Stage.look(p.ID)
			line := d.view.scene.OwnLoss()
			has = has && o.Form != trace.Share
			told = told || has
			if has != strings.HasPrefix(line, "In the memory of ") {
				t.Errorf("%s of %s: a loss in memory: %v, but %q", p.ID, s.Mode, has, line)
			}
			if want := "since step " + widget.Count(o.Step); has && !strings.Contains(line, want) {
				t.Errorf("no %q in %q", want, line)
			}
		}
		if !told {
			t.Errorf("nobody in %s has a loss", s.Mode)
		}
	}
}

// The chart of the loss says whose batches a party’s curve is of, and how many visits it is
// averaged over.
func TestWhoseLossIsDrawn(t *testing.T) {
	shares := newDriver(t, onFewShares(t), 120, 36)
	shares.send(key.GoTo).typing("e1").send(key.EyesOf + "2")
	if label := chart(&shares.view).XLabel; len(shares.view.scene.Snapshot.History.Batches) == 0 || label != "batches" {
		t.Errorf("to a holder, of batches with rows of all workers, the axis says %q", label)
	}
	s := workshop(t, engine.Federated)
	d := newDriver(t, s, 120, 36)
	d.send(key.GoTo).typing("e1")
	every := len(d.view.scene.Snapshot.History.Batches)
	if name, want := chart(&d.view).Series[1].Name, "visits, mean of "+strconv.Itoa(min(every, 50)); name != want {
		t.Errorf("%d visits are called %q", every, name)
	}
	d.send(key.EyesOf + "3")
	own := chart(&d.view)
	if n := len(d.view.scene.Snapshot.History.Batches); n != 1 || own.XLabel != "own visits" || own.Series[0].Name != "visit" {
		t.Errorf("a worker’s %d visits are called %q on an axis of %q", n, own.Series[0].Name, own.XLabel)
	}
}

// A worker that keeps the mean losses of its passes is not told that it has none.
func TestTheLossesAWorkerKeeps(t *testing.T) {
	d := newDriver(t, workshop(t, engine.Aggregated), 120, 36)
	d.send(key.GoTo).typing("e1").send(key.EyesOf + "2")
	o, ok := d.view.party().Memory.Object("local loss")
	if !ok {
		t.Fatal("no loss is kept")
	}
	line := d.view.scene.OwnLoss()
	if !strings.Contains(line, "since step "+widget.Count(o.Step)) || strings.Contains(line, "no loss in memory") {
		t.Error(line)
	}
}

// A breakpoint that this run can never meet is not set, and what was meant is asked for.
func TestBreakpointsThatAreNeverMet(t *testing.T) {
	for text, want := range map[string]string{
		"operation mtmul": "did you mean operation matmul?", "sends nobody": "takes no part", "epoch 99": "give a number from 1 to", "round 9999999": "give a number from 1 to",
	} {
		d := newDriver(t, workshop(t, engine.Federated), 200, 36)
		d.send(key.Breakpoints, key.Add).typing(text)
		if len(d.marks.list) != 0 || !strings.Contains(d.text(), want) {
			t.Errorf("%s: %+v\n%s", text, d.marks.list, d.text())
		}
		d.Resize(80, 24) // all of it can be read in the lowest terminal, too
		_, err := d.sheet.(*choice).done(d.Stage, -1, text)
		if err == nil {
			t.Fatalf("%s is taken", text)
		}
		for _, word := range strings.Fields(err.Error()) {
			if !strings.Contains(d.text(), word) {
				t.Errorf("no %q of %q on the screen:\n%s", word, err, d.text())
			}
		}
	}
	d := newDriver(t, workshop(t, engine.Encrypted), 120, 36)
	d.send(key.Breakpoints, key.Add).typing("operation truncate")
	if len(d.marks.list) != 1 {
		t.Errorf("an operation of the run is refused:\n%s", d.text())
	}
}

// The help of the list of breakpoints explains each kind, as it is written.
func TestKindsOfBreakpoints(t *testing.T) {
	d := newDriver(t, workshop(t, engine.Federated), 120, 36)
	d.send(key.Breakpoints)
	words := d.Help().Words
	for _, b := range engine.Examples() {
		if read, err := engine.ParseBreakpoint(b.String()); err != nil || read != b {
			t.Errorf("%s is read as %s: %v", b, read, err)
		}
		i := slices.IndexFunc(words, func(w screen.Word) bool { return w.Term == b.String() })
		if i < 0 || len(words[i].Meaning) < 10 {
			t.Errorf("nothing explains %s: %+v", b, words)
		}
	}
}

// What happens elsewhere leaves the memory where it was.
func TestMemoryStays(t *testing.T) {
	for _, mode := range []string{engine.Federated, engine.SecureAggregation, engine.Encrypted} {
		d := newDriver(t, workshop(t, mode), 120, 36)
		d.send(key.EyesOf + "1")
		p := d.panes[inspectorPane].(*inspector)
		at := func() engine.Object {
			list := p.objects(&d.view)
			return list[p.selected(&d.view, list)]
		}
		elsewhere, last := 0, at()
		for range 400 {
			d.send(key.Forward)
			if d.view.scene.Snapshot.Unseen && last.Step > 0 {
				elsewhere++
				if now := at(); now.Step < last.Step {
					t.Fatalf("%s: after step %d the memory is at %s of step %d, it was at %s of step %d", mode, d.all.Step, now.Name, now.Step, last.Name, last.Step)
				}
			}
			last = at()
		}
		if elsewhere < 20 {
			t.Errorf("%s: only %d steps were elsewhere", mode, elsewhere)
		}
	}
}

// Through a party's eyes it is not known what others sent each other: not even that it was
// nothing.
func TestWhatOthersSentIsNotKnown(t *testing.T) {
	d := newDriver(t, onFewShares(t), 120, 36)
	d.send(key.GoTo).typing("e1").send(key.EyesOf+"1", key.Wire, key.NextPane)
	names := d.view.scene.Flows(say.FewSenders).Names
	for _, line := range strings.Split(d.text(), "\n")[6 : 6+len(names)] {
		own := strings.Contains(line, " "+d.eyes+" ")
		if own == strings.Contains(line, "▒") {
			t.Errorf("%s sees %q", d.eyes, line)
		}
		if own && strings.Contains(line, "≥") || strings.Contains(line, " 0 B") {
			t.Errorf("%s sees a sum that it cannot know: %q", d.eyes, line)
		}
	}
	if all := strings.Split(d.text(), "\n")[5]; !strings.Contains(all, "all") || strings.Contains(all, " 0 B") || strings.Count(all, "≥")+strings.Count(all, "▒▒▒") != len(d.all.Parties) { // all but its own, and that of all
		t.Errorf("%s, one of %d parties, sees the sums %q", d.eyes, len(d.all.Parties), all)
	}
}

// On a wide screen 20 workers have lines and columns of their own, with the sums that they have
// in the record; where there is no room for them they are one, and of few some are shown.
func TestManySendersWhereThereIsRoom(t *testing.T) {
	for _, mode := range []string{engine.Federated, engine.Aggregated, engine.SecureAggregation} {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers, s.Network.Hidden, s.Learning.Local = 42, true, 60, 20, []int{4}, 1
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
			d := newDriver(t, s, size[0], size[1])
			d.send(key.GoTo).typing("e1").send(key.Wire, key.NextPane)
			sent := map[string]int64{}
			for _, total := range d.all.Record.Totals() {
				sent[total.From] += total.Bytes
			}
			for _, p := range d.all.Parties {
				if p.Role != "worker" {
					continue
				}
				line := ""
				for _, l := range strings.Split(d.text(), "\n") {
					if strings.Contains(l, " "+p.ID+" ") {
						line = l
					}
				}
				if want := narrowly.bytes(sent[p.ID]); (line != "") != (size[0] == 200) || line != "" && !strings.Contains(strings.ReplaceAll(line, " ", ""), want) {
					t.Errorf("%s at %v: %s sent %s:\n%s", mode, size, p.ID, want, d.text())
				}
			}
		}
	}
}

// Who sent what to whom can be scrolled to each receiver, whose sum is over its column.
func TestReceivers(t *testing.T) {
	s := onFewShares(t)
	s.Shares.Holders = 7
	d := newDriver(t, s, 80, 24)
	d.send(key.GoTo).typing("e1").send(key.Wire, key.NextPane)
	w := d.page.(*wire)
	names := d.view.scene.Flows(say.FewSenders).Names
	received := map[string]int64{}
	for _, total := range d.all.Record.Totals() {
		received[total.To] += total.Bytes
	}
	seen := map[string]bool{}
	for range len(names) + 3 {
		lines := strings.Split(d.text(), "\n")
		head, sums := strings.Fields(lines[4])[4:], strings.Fields(lines[5])[3:] // after │ from \ to and │ all
		if !strings.Contains(lines[3], w.part) || w.part == "" {
			t.Fatalf("the screen does not say which receivers it shows:\n%s", d.text())
		}
		_, columns, _ := strings.Cut(strings.Join(head, " "), "all ")
		_, row, _ := strings.Cut(strings.Join(sums, " "), " ")
		for i, name := range names[w.left:] {
			if strings.Contains(columns+" ", d.view.receiver(name, underSigns)+" ") {
				seen[name] = true
				if i == 0 && !strings.Contains(row, widget.Bytes(received[name])) {
					t.Errorf("%s received %s:\n%s", name, widget.Bytes(received[name]), d.text())
				}
			}
		}
		d.send(key.Right)
	}
	if len(seen) != len(names) {
		t.Errorf("only %v of %v can be seen", seen, names)
	}
	d.send(times(len(names), key.Left)...)
	if w.left != 0 {
		t.Errorf("it begins with receiver %d", w.left)
	}
}

// The pane of messages names each message, wherever it is drawn and however wide it is: what
// federated training, too, sends is called as on the wire.
func TestMessagesAreNamed(t *testing.T) {
	for _, mode := range engine.Modes()[1:] {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers, s.Network.Hidden, s.Learning.Local = 42, true, 40, 5, []int{3}, 1
		for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 60}} {
			d := newDriver(t, s, size[0], size[1])
			d.send(key.GoTo).typing("e1")
			d.focusOn(messagesPane)
			d.draw()
			last := d.all.Messages[len(d.all.Messages)-1]
			name := last.What
			if mode == engine.Encrypted {
				name = carried(name)
			}
			for _, w := range []int{24, 32, 76} {
				lines, _ := (&messages{}).body(&d.view, w, 9)
				text := widget.Plain(strings.Join(lines, "\n"))
				if !strings.Contains(text, name) || len(lines) > 9 {
					t.Errorf("%s, %d cells: no %q in\n%s", mode, w, name, strings.Join(lines, "\n"))
				}
			}
			if !strings.Contains(d.text(), name) {
				t.Errorf("%s at %v: no %q in\n%s", mode, size, name, d.text())
			}
		}
	}
}

// The chosen cell in full is written as its table is: a word in hex under words in hex, of
// which the ends are shown, a number with all its digits under numbers. So it is for whatever
// is in a memory, in every way to write numbers.
func TestACellIsWrittenAsItsTable(t *testing.T) {
	for _, mode := range []string{engine.Encrypted, engine.SecureAggregation, engine.Aggregated} {
		s, err := engine.Default(mode, "default")
		if err != nil {
			t.Fatal(err)
		}
		s.Seed, s.Fixed, s.Data.Rows, s.Data.Workers, s.Network.Hidden, s.Learning.Local = 7, true, 16, 6, []int{4}, 1
		d := newDriver(t, s, 120, 36)
		_, total := d.session.Position()
		seen := map[string]bool{}
		words := 0
		for step := 20; step < min(total, 500); step += 7 {
			d.drain(d.start(seek(step, "")))
			for at, party := range d.all.Parties {
				d.view.selected = at
				for _, o := range party.Memory.Objects {
					for f := range formats {
						kind := fmt.Sprint(o.Name, o.Form, f)
						if seen[kind] {
							continue
						}
						seen[kind] = true
						p := &inspector{format: f}
						lines := p.numbers(&d.view, o, 110, 30)
						for i, l := range lines {
							lines[i] = strings.TrimSpace(widget.Plain(l))
						}
						_, full, _ := strings.Cut(lines[len(lines)-1], "] = ")
						full = strings.ReplaceAll(full, " ", "") // of bits
						cell := ""
						for _, l := range lines {
							if rest, ok := strings.CutPrefix(l, firstLabel(d, o)+" "); ok { // the head of the columns comes before it
								cell = strings.Fields(rest)[0]
							}
						}
						if head, tail, ends := strings.Cut(cell, "…"); ends {
							words++
							if !strings.HasPrefix(full, head) || !strings.HasSuffix(full, tail) {
								t.Errorf("%s, step %d, %s of %s, %s: %s in full is %s", mode, step, o.Name, party.ID, formatNames[f], cell, full)
							}
							continue
						}
						if a, err := strconv.ParseFloat(cell, 64); cell != full && (err != nil || !near(a, full)) {
							t.Errorf("%s, step %d, %s of %s, %s: %q in full is %q", mode, step, o.Name, party.ID, formatNames[f], cell, full)
						}
					}
				}
			}
		}
		if mode != engine.Aggregated && words < 10 {
			t.Errorf("%s: only %d objects are words", mode, words)
		}
	}
}

// firstLabel is how the first row of an object is called.
func firstLabel(d driver, o engine.Object) string {
	rows, _ := d.view.scene.Labels(o.Name, d.view.party().Memory)
	return label(rows, 0)
}

// near reports whether a number is what another one, in full, is rounded to.
func near(x float64, full string) bool {
	y, err := strconv.ParseFloat(full, 64)
	return err == nil && math.Abs(x-y) <= 1e-3*math.Max(1, math.Abs(y))
}
