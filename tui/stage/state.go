package stage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// Start says where a stage opens, and how.
type Start struct {
	Step   int
	Zoom   *trace.Level // nil: as usual
	Eyes   string       // empty: everything
	Breaks []string     // breakpoints, as [Stage.Breaks] lists them
	Open   screen.State // what is open; see [Stage.State]
}

// off is written before a breakpoint that is switched off.
const off = "off "

// CheckBreak reports what is wrong with a breakpoint in writing.
func CheckBreak(text string) error {
	_, err := readBreak(text)
	return err
}

// PossibleBreak reports that a breakpoint in writing can never be met in a run.
func PossibleBreak(text string, run engine.Stepper) error {
	m, err := readBreak(text)
	if err != nil {
		return err
	}
	return m.Possible(run.Scenario(), run.Snapshot(nil))
}

func readBreak(text string) (mark, error) {
	rest, isOff := strings.CutPrefix(text, off)
	b, err := engine.ParseBreakpoint(rest)
	return mark{Breakpoint: b, off: isOff}, err
}

// Begin says where the stage opens. What is open then is put back when the step is
// reached; what is wrong with it is reported now.
func (s *Stage) Begin(at Start) error {
	if at.Eyes != "" {
		s.look(at.Eyes)
	}
	if at.Zoom != nil {
		s.view.level = min(*at.Zoom, s.view.levels[len(s.view.levels)-1])
	}
	for _, text := range at.Breaks {
		m, err := readBreak(text)
		if err != nil {
			return err
		}
		s.marks.add(m.Breakpoint)
		for i := range s.marks.list {
			if s.marks.list[i].Breakpoint == m.Breakpoint {
				s.marks.list[i].off = m.off
			}
		}
	}
	s.view.marks = s.marks.list
	if err := s.Restore(at.Open); err != nil {
		return err
	}
	if s.begin = &at; at.Step > 0 { // lists are made anew there
		s.page, s.sheet = nil, nil
	}
	return nil
}

// open goes to where the stage opens: over the steps at which workers were taken
// offline by hand, for then the run is another one.
func (s *Stage) open(at Start) job {
	j := seek(at.Step, "going to step "+widget.Count(at.Step))
	if left := s.left; len(left) > 0 {
		s.left = nil
		j.pieces, j.free = false, false // each is taken offline once, in the run as it is
		j.run = func(ctx context.Context, run engine.Stepper) error {
			for _, l := range left {
				if err := run.Seek(ctx, l.step); err != nil {
					return err
				}
				if _, err := run.(leaver).TakeOffline(ctx, l.who); err != nil {
					return err
				}
			}
			return run.Seek(ctx, at.Step)
		}
	}
	j.found = func(s *Stage) {
		s.view.before = max(0, s.all.Step-1) // as if it had come from there
		s.left = nil
		_ = s.Restore(at.Open) // it was checked when the stage began
	}
	return j
}

// Breaks lists the breakpoints in writing.
func (s *Stage) Breaks() []string {
	var out []string
	for _, m := range s.marks.list {
		text := m.String()
		if m.off {
			text = off + text
		}
		out = append(out, text)
	}
	return out
}

// State says what is open on the stage and how it is looked at. It leaves out what
// passes: what is being typed, whether the run plays and how fast, work under way,
// remarks in the footer, how often breakpoints were met, and which objects the last
// move changed.
func (s *Stage) State() screen.State { return s.fields().State() }

// Restore opens what a state says.
func (s *Stage) Restore(state screen.State) error { return s.fields().Restore(state) }

// The words for panes, looks, formats and orders.
var (
	paneWords   = []string{"happened", "memory", "parties", "messages", "loss", "knows"}
	lookWords   = []string{"numbers", "parties", "distribution", "bits"}
	formatWords = formatNames[:]
	sortWords   = []string{"place", "age", "name", "form", "size"}
	ledgerWords = []string{"kinds", "each"}
	wireWords   = []string{"packets", "matrix", "cost", "network"}
)

// paneWords are the words for panes on this stage.
func (s *Stage) paneWords() []string {
	if !s.view.scene.Predicts() {
		return paneWords
	}
	words := slices.Clone(paneWords)
	words[lossPane] = "answer"
	return words
}

// fields are the details of the stage.
func (s *Stage) fields() screen.Fields {
	happens, knows := s.panes[happenedPane].(*happened), s.panes[revealedPane].(*revealed)
	f := screen.Fields{
		screen.Choice("pane", s.paneWords(), &s.focus), screen.Switch("full", &s.full),
		screen.Cell("cell", &happens.cell.Row, &happens.cell.Col), screen.Number("knows", &knows.top), s.scrolled(happens),
		screen.Text("who", &s.panes[partiesPane].(*parties).filter), s.partyField(), s.offlineField(),
	}
	f = append(f, s.panes[inspectorPane].(*inspector).fields(&s.view)...)
	f = append(f, s.pageFields()...)
	f = append(f, s.sheetFields()...)
	if s.present != nil {
		f = append(f, s.toldField())
	}
	return f
}

// scrolled is how far what happened is scrolled, at this step.
func (s *Stage) scrolled(p *happened) screen.Field {
	field := screen.Number("scroll", &p.top)
	return screen.Field{Name: field.Name, Get: func() []string {
		if p.over == 0 || p.step != s.all.Step {
			return nil
		}
		return field.Get()
	}, Set: func(value string) error {
		p.step = s.all.Step
		return field.Set(value)
	}}
}

// partyField is the party that is inspected, where one was chosen.
func (s *Stage) partyField() screen.Field {
	return screen.Field{Name: "party",
		Get: func() []string {
			if s.view.selected < 0 {
				return nil
			}
			return []string{s.all.Parties[min(s.view.selected, len(s.all.Parties)-1)].ID}
		},
		Set: func(value string) error {
			i := slices.IndexFunc(s.all.Parties, func(p engine.PartyImage) bool { return strings.EqualFold(p.ID, value) })
			if i < 0 {
				return screen.Wrong(screen.Detail{Name: "party", Value: value}, "takes no part in this run", "unseen explore shows who does, in its list of parties")
			}
			s.view.selected = i
			return nil
		}}
}

// leaving is a worker that was taken offline, or brought back, by hand.
type leaving struct {
	who  string
	step int
}

// offlineField lists who was taken offline by hand, and after which step.
func (s *Stage) offlineField() screen.Field {
	return screen.Field{Name: "offline",
		Get: func() (list []string) {
			for _, l := range s.left {
				list = append(list, fmt.Sprintf("%s@%d", l.who, l.step))
			}
			return list
		},
		Set: func(value string) error {
			d := screen.Detail{Name: "offline", Value: value}
			who, at, _ := strings.Cut(value, "@")
			step, err := strconv.Atoi(at)
			run, ok := s.session.(leaver)
			switch {
			case !ok || !run.CanLeave():
				return screen.Wrong(d, "workers leave in a live run of secure aggregation only", "leave it out, or choose --mode "+engine.SecureAggregation)
			case err != nil || step < 0 || step > s.all.Total:
				return screen.Wrong(d, "no step", "write who and after which step, as in offline=NAME@120")
			case !slices.ContainsFunc(s.all.Parties, func(p engine.PartyImage) bool { return p.ID == who && p.Role == "worker" }):
				return screen.Wrong(d, "no worker of this run", "only workers leave")
			}
			s.left = append(s.left, leaving{who, step})
			return nil
		}}
}

// toldField says that the results of this step are shown to the audience.
func (s *Stage) toldField() screen.Field {
	told := s.present.told && s.present.step == s.all.Step && s.all.Step > 0
	field := screen.Switch("told", &told)
	return screen.Field{Name: field.Name, Get: field.Get, Set: func(value string) error {
		s.present.told, s.present.step = true, s.all.Step
		return field.Set(value)
	}}
}

// pageFields are the details of the pages.
func (s *Stage) pageFields() screen.Fields {
	l, isLedger := s.page.(*ledger)
	if !isLedger {
		l = newLedger()
	}
	w, isWire := s.page.(*wire)
	if !isWire {
		w = newWire()
	}
	p, isPerson := s.page.(*person)
	if !isPerson {
		p = newPerson(&s.view)
	}
	each := 0
	if l.each {
		each = 1
	}
	view := func(name string, words []string, at *int, open bool, opens func()) screen.Field {
		field := screen.Choice(name, words, at)
		return screen.Field{Name: name,
			Get: func() []string {
				if open && *at == 0 {
					return []string{""}
				} else if !open {
					return nil
				}
				return field.Get()
			},
			Set: func(value string) error {
				defer opens()
				if value == "" {
					return nil
				}
				return field.Set(value)
			}}
	}
	openLedger := func() { s.page, l.each = l, each == 1 }
	openWire := func() { s.page = w }
	f := screen.Fields{view("ledger", ledgerWords, &each, isLedger, openLedger)}
	at := selected("at", &l.at, &l.last)
	at.Get = func() []string {
		if l.each && l.last || !l.each && l.at == 0 {
			return nil
		}
		return []string{strconv.Itoa(l.at)}
	}
	f = append(f, screen.Fields{at, screen.Text("find", &l.filter)}.Under("ledger", isLedger, openLedger)...)
	f = append(f, view("wire", wireWords, &w.tab, isWire, openWire))
	f = append(f, w.fields().Under("wire", isWire, openWire)...)
	f = append(f, p.field(s, isPerson))
	return append(f, screen.Fields{screen.Number("top", &p.top), screen.Text("find", &p.filter)}.Under("person", isPerson, func() { s.page = p })...)
}

// fields are the details of the wire beside its view.
func (p *wire) fields() screen.Fields {
	set := screen.Field{Name: "network",
		Get: func() []string {
			if p.net == newWire().net {
				return nil
			}
			return []string{fmt.Sprintf("%d:%d:%d", p.net.rtt, p.net.rate, p.net.row)}
		},
		Set: func(value string) error {
			n := imagined{}
			if k, err := fmt.Sscanf(value, "%d:%d:%d", &n.rtt, &n.rate, &n.row); k != 3 || err != nil ||
				n.rtt < 0 || n.rtt >= len(rtts) || n.rate < 0 || n.rate >= len(rates) || n.row < 0 || n.row > 1 {
				return screen.Wrong(screen.Detail{Name: "network", Value: value}, "not known", fmt.Sprintf(
					"write the places of the two sliders, from 0 to %d and to %d, and which of them moves, 0 or 1, as in wire.network=4:3:0", len(rtts)-1, len(rates)-1))
			}
			p.net = n
			return nil
		}}
	return screen.Fields{selected("at", &p.at, &p.last), screen.Text("find", &p.filter), screen.Number("byte", &p.top), screen.Number("scroll", &p.scroll), screen.Number("left", &p.left), set}
}

// selected is the chosen line of a list that stays at its end unless told otherwise.
func selected(name string, at *int, last *bool) screen.Field {
	field := screen.Number(name, at)
	return screen.Field{Name: name,
		Get: func() []string {
			if *last {
				return nil
			}
			return []string{strconv.Itoa(*at)}
		},
		Set: func(value string) error {
			*last = false
			return field.Set(value)
		}}
}

// field is the person that is followed, by the number of the row.
func (p *person) field(s *Stage, open bool) screen.Field {
	return screen.Field{Name: "person",
		Get: func() []string {
			if !open {
				return nil
			}
			return []string{strconv.Itoa(p.row + 1)}
		},
		Set: func(value string) error {
			s.page = p
			if value == "" {
				return nil
			}
			row, err := screen.Whole(screen.Detail{Name: "person", Value: value}, 1, len(p.people))
			p.row = row - 1
			return err
		}}
}

// sheetFields are the details of the lists over the screen.
func (s *Stage) sheetFields() screen.Fields {
	var f screen.Fields
	list := func(word string, open bool, opens func(), fields ...screen.Field) {
		on := open
		field := screen.Switch(word, &on)
		f = append(f, screen.Field{Name: word, Get: field.Get, Set: func(value string) error {
			opens()
			return field.Set(value)
		}})
		f = append(f, screen.Fields(fields).Under(word, open, opens)...)
	}
	for word, made := range map[string]func(*Stage) sheet{eyesWord: newEyes, stopWord: newBreakpoint} {
		c, open := s.sheet.(*choice)
		if open = open && c.word == word; !open {
			c = made(s).(*choice)
		}
		at := screen.Number("at", &c.list.Selected)
		at.Get = func() []string { return []string{strconv.Itoa(c.list.Selected)} } // it does not open at the first
		list(word, open, func() { s.sheet = c }, at, screen.Text("find", &c.list.Filter))
	}
	b, open := s.sheet.(*breakList)
	if !open {
		b = newBreakList(s).(*breakList)
	}
	list("breakpoints", open, func() { s.sheet = b }, screen.Number("at", &b.at))
	slices.SortStableFunc(f, func(a, b screen.Field) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// fields are the details of a look into a memory.
func (p *inspector) fields(v *view) screen.Fields {
	look := screen.Choice("look", lookWords, &p.look)
	f := screen.Fields{screen.Text("find", &p.filter), screen.Text("object", &p.object), screen.Switch("inside", &p.inside), screen.Cell("at", &p.row, &p.col),
		screen.Field{Name: "look", Get: func() []string {
			if p.look == lookOrigin {
				return nil
			}
			return look.Get()
		}, Set: look.Set},
		screen.Choice("format", formatWords, &p.format), screen.Choice("sort", sortWords, &p.sort)}
	return append(f, screen.Field{Name: "origin",
		Get: func() []string {
			if p.look != lookOrigin {
				return nil
			}
			return []string{p.origin.way()}
		},
		Set: func(value string) error {
			way, err := readWay(value)
			if err != nil {
				return err
			}
			p.look, p.origin = lookOrigin, origin{ahead: way}
			return nil
		}})
}
