package plain

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// eyes looks through the eyes of a party; "0", and nothing else, is everything.
func eyes(p *plain, _ context.Context, args []string) error {
	name := strings.Join(args, " ")
	switch {
	case name == "" && p.eyes == "":
		p.line("You look at everything at once, as nobody in the run does. eyes PARTY looks as that party; parties lists them.")
		return nil
	case name == "":
		p.line("You look through the eyes of %s. eyes 0 looks at everything.", say.The(p.eyes))
		return nil
	case name == "0" || strings.EqualFold(name, "everything"):
		p.eyes = ""
		p.see()
		p.line("Everything at once now: a view that exists nowhere in reality.")
		p.tell()
		return nil
	}
	party, err := p.find(name)
	if err != nil {
		return err
	}
	p.eyes = party.ID
	p.see()
	p.line("Through the eyes of %s now: what it does not know is not said.", say.The(p.eyes))
	p.tell()
	return nil
}

// see hands over what the eyes see of everything.
func (p *plain) see() {
	p.way = nil // other eyes see another way back, and a step made another value
	p.scene.Snapshot, p.scene.Baseline = p.all, p.run.Baseline()
	if p.eyes != "" {
		p.scene.Snapshot = p.all.As(p.eyes)
		p.scene.Baseline = engine.Baseline{Accuracy: math.NaN(), Test: math.NaN(), Loss: math.NaN()}
	}
}

// mark is a breakpoint.
type mark struct {
	engine.Breakpoint
	hits map[string]int // by the eyes through which it was met
}

// breaks lists the breakpoints, adds one, or removes one.
func breaks(p *plain, _ context.Context, args []string) error {
	switch {
	case len(args) == 0 && len(p.marks) == 0:
		p.paragraph("There is no breakpoint. break adds one: " + engine.HowToBreak() + ".")
	case len(args) == 0:
		for i, m := range p.marks {
			p.line("%d: %s, met %s", i+1, m.Breakpoint, count(m.hits[p.eyes], "time", "times"))
		}
	case args[0] == "remove":
		n := 0
		if len(args) == 2 {
			n, _ = strconv.Atoi(args[1]) // what is no number is 0, which no breakpoint has
		}
		if n < 1 || n > len(p.marks) {
			return errors.New("break remove takes the number of a breakpoint; break lists them")
		}
		p.line("Removed: %s.", p.marks[n-1].Breakpoint)
		p.marks = slices.Delete(p.marks, n-1, n)
	default:
		return p.stopAt(strings.Join(args, " "))
	}
	return nil
}

// stopAt adds a breakpoint.
func (p *plain) stopAt(text string) error {
	b, err := engine.ParseBreakpoint(text)
	if err == nil {
		err = b.Possible(p.scene.Scenario, p.all)
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(p.marks, func(m mark) bool { return m.Breakpoint == b }) {
		p.marks = append(p.marks, mark{Breakpoint: b, hits: map[string]int{}})
	}
	p.line("step and end stop there: %s.", b)
	return nil
}

// forth goes on until the run has come far enough, or to a breakpoint; it says which
// one it was.
func (p *plain) forth(ctx context.Context, free func(context.Context, engine.Stepper) error, watched func(*engine.Watch) error) (stopped string, err error) {
	if len(p.marks) == 0 {
		return "", free(ctx, p.run)
	}
	var points []engine.Breakpoint
	for _, m := range p.marks {
		points = append(points, m.Breakpoint)
	}
	from := p.run.Snapshot(p.all)
	if p.eyes != "" {
		from = from.As(p.eyes) // where it stops tells no more than that
	}
	w := engine.NewWatch(points, from)
	err = watched(w)
	for i, n := range w.Hits {
		p.marks[i].hits[w.Eyes] += n
	}
	if w.Hit >= 0 {
		return points[w.Hit].String(), err
	}
	return "", err
}

// end runs to the end, or to a breakpoint.
func end(p *plain, ctx context.Context, _ []string) error {
	stopped, err := p.forth(ctx, func(ctx context.Context, run engine.Stepper) error { return run.Seek(ctx, p.all.Total) },
		func(w *engine.Watch) error { return w.Run(ctx, p.run) })
	return p.move(stopped, err)
}

// knows says who has learnt what.
func knows(p *plain, _ context.Context, _ []string) error {
	parties, moral := p.scene.Knowledge()
	for _, k := range parties {
		p.paragraph(k.Who + ": " + k.Line() + ".")
	}
	p.paragraph(moral)
	return nil
}

// ledger sums up what was released by kind, or lists the last of what has some letters.
func ledger(p *plain, _ context.Context, args []string) error {
	letters := strings.Join(args, " ")
	list := p.scene.Snapshot.Record.Select(letters, true)
	if len(list) == 0 && letters != "" {
		return fmt.Errorf("no release has the letters %q", letters)
	}
	if len(list) == 0 {
		p.paragraph(p.scene.Unreleased())
		return nil
	}
	if letters == "" {
		for _, r := range p.scene.Releases(list) {
			when := fmt.Sprintf("at step %s", widget.Count(r.First))
			if r.Times > 1 {
				when = fmt.Sprintf("%s times, from step %s to %s", widget.Count(r.Times), widget.Count(r.First), widget.Count(r.Last))
			}
			p.paragraph(fmt.Sprintf("%s, to %s, %s: %s.", p.scene.Label(r.What), say.The(r.To), when, strings.TrimSuffix(r.Why, ".")))
		}
		p.line("ledger LETTERS lists releases one by one.")
		return nil
	}
	if n := len(list) - longest; n > 0 {
		p.line("%s before these.", count(n, "release", "releases"))
		list = list[n:]
	}
	for _, i := range list {
		e := p.scene.Snapshot.Record.At(i)
		p.paragraph(fmt.Sprintf("step %s: %s, %s, in %s.", widget.Count(e.Step), e.What, say.Told(e), strings.Join(e.Where, ", ")))
	}
	return nil
}

// shares reads what each party holds of one cell of the shared values of this step.
func (p *plain) shares(list []say.Sharing) {
	for _, s := range list {
		name := s.Name
		if !s.Scalar {
			name = fmt.Sprintf("%s[%d,%d]", s.Name, s.Row, s.Col)
		}
		if s.When != "" {
			name += " " + s.When
		}
		if s.Form == trace.Plain { // nobody has split it
			for _, part := range s.Parts {
				p.line("%s, in the ring: %s has %016x, which stands for %s.", name, part.Party, part.Word, strings.TrimPrefix(s.Sum, "→ "))
			}
			continue
		}
		word := "shares"
		if s.Form == trace.Opened {
			word = "opened, from"
		}
		var parts []string
		for _, part := range s.Parts {
			text := say.Short(part.Word)
			if s.Bits > 0 {
				text = s.Written(part.Word)
			}
			parts = append(parts, part.Party+" "+text)
		}
		sum := "what they add up to is not known here"
		if s.Sum == "" && s.Knows != "" {
			sum = s.Knows + " what they add up to"
		}
		if s.Sum != "" {
			sum = "together " + strings.TrimPrefix(s.Sum, "→ ")
			switch {
			case s.Form == trace.Share && s.Knows == "":
				sum += ", which nobody sees"
			case s.Form == trace.Share:
				sum += ", which " + s.Knows
			}
		}
		p.line("%s, %s: %s; %s.", name, word, strings.Join(parts, ", "), sum)
	}
}
