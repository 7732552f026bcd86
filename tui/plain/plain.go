// Package plain is the explorer without a screen: the same steps as lines of text,
// one after the other, with prompts. It draws no boxes, needs no colour and moves
// no cursor, so that a screen reader reads it in order, and a script can drive it.
//
//   - plain.go: the session, its prompts and its lines
//   - commands.go: what can be asked, and how to move
//   - debug.go: eyes, breakpoints, who knows what
//   - people.go: one person's way, decisions at a threshold, workers that leave
//   - values.go: objects in a memory, their cells, shares, distribution and origin
//   - wire.go: messages, openings and what they cost
//   - text.go: how numbers and symbols are written
package plain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// Options say where to begin.
type Options struct {
	Step    int          // to open at
	Zoom    *trace.Level // how big a step is; nil: an operation
	Eyes    string       // through whose eyes to look; empty: everything
	Breaks  []string     // breakpoints
	Command string       // that opens the same run; empty: unknown
	Width   func() int   // how many characters wide the terminal is; nil or 0: unknown
}

// plain is one session at the prompt.
type plain struct {
	run   engine.Stepper
	out   *bufio.Writer
	all   *engine.Snapshot
	scene say.Scene // what the eyes see of it
	level trace.Level
	eyes  string // empty: everything
	marks []mark
	shell string
	width func() int // of the terminal
	left  bool       // somebody was taken offline by hand: no command opens the same run

	way    []engine.Source                  // back from a value, to what it was made from
	inputs []engine.Source                  // of the last one
	read   map[engine.Source]engine.Reading // the numbers of both
	from   *engine.Snapshot                 // in which the first one is
}

// Explore answers commands from in until quit, the end of in, or the end of ctx.
// An error is one of reading or writing, or ctx's: what is wrong with a command is
// said at the prompt.
func Explore(ctx context.Context, run engine.Stepper, in io.Reader, out io.Writer, o Options) error {
	p := &plain{run: run, out: bufio.NewWriter(out), scene: say.NewScene(run), level: trace.Operation, eyes: o.Eyes, shell: o.Command, width: o.Width}
	p.all = p.scene.Snapshot
	if levels := run.Levels(); o.Zoom != nil {
		p.level = min(*o.Zoom, levels[len(levels)-1])
	}
	p.welcome()
	for _, text := range o.Breaks {
		if err := p.stopAt(text); err != nil {
			return err
		}
	}
	p.see()
	if o.Step > 0 {
		if err := run.Seek(ctx, o.Step); err != nil {
			return err
		}
		p.look()
	}
	p.tell()
	words := lines(ctx, in)
	for {
		p.print("\n> ")
		if err := p.out.Flush(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			p.line("")
			return errors.Join(p.out.Flush(), ctx.Err())
		case l, more := <-words:
			if !more && interrupted(ctx) {
				p.line("")
				return errors.Join(p.out.Flush(), ctx.Err())
			}
			if !more || p.answer(ctx, l) {
				p.line("")
				return p.out.Flush()
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// moment is how long the end of the input waits for an interruption that came with it: a
// signal to a whole pipeline ends whoever writes the input, too.
const moment = 20 * time.Millisecond

// interrupted reports whether ctx ends with the input.
func interrupted(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-time.After(moment):
		return false
	}
}

// lines reads lines until the end of in or of ctx.
func lines(ctx context.Context, in io.Reader) <-chan string {
	c := make(chan string)
	go func() {
		defer close(c)
		s := bufio.NewScanner(in)
		for s.Scan() {
			select {
			case c <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return c
}

func (p *plain) print(text string) { p.out.WriteString(text) } // the writer keeps its error

// line writes a line of text; one that is longer than the terminal is wide goes on in the next.
func (p *plain) line(format string, values ...any) { p.paragraph(fmt.Sprintf(format, values...)) }

// paragraph writes text in lines of readable length.
func (p *plain) paragraph(text string) {
	for _, l := range widget.Wrap(spoken(text), p.wide()) {
		p.print(l + "\n")
	}
}

// A line has so many characters at most where nobody knows how wide the terminal is, and so
// many at least where it is very narrow.
const width, narrowest = 80, 20

// wide is how many characters a line has at most.
func (p *plain) wide() int {
	if p.width == nil || p.width() <= 0 {
		return width
	}
	return max(narrowest, p.width())
}

func (p *plain) welcome() {
	s := p.scene
	seed := fmt.Sprintf("seed %d", s.Scenario.Seed)
	if s.Scenario.Fixed {
		seed += ", fixed"
	}
	what := s.Scenario.Mode + " training"
	if s.Predicts() {
		what = "a private prediction"
	}
	p.line("unseen, as plain text: %s on %s, %s.", what, widget.Plain(p.run.Dataset().Set.Table.Source), seed)
	if s.Predicts() {
		p.line("%s %s take part.", s.Asked(), count(len(s.Snapshot.Parties), "party", "parties"))
		p.line("Enter goes one step on. help lists the commands.")
		p.line("")
		return
	}
	p.line("%d rows to train on, %d to test; %s.", s.Train, s.Test, count(len(s.Snapshot.Parties), "party", "parties"))
	p.line("Enter goes one step on. help lists the commands.")
	p.line("")
}

// look takes over where the run stands.
func (p *plain) look() {
	p.all = p.run.Snapshot(p.all)
	p.see()
}

// tell says where the run stands and what just happened.
func (p *plain) tell() {
	n := p.scene.Snapshot
	where := fmt.Sprintf("Step %s of %s. Zoom: %s.", widget.Count(n.Step), widget.Count(n.Total), p.scene.LevelName(p.level))
	if p.eyes != "" {
		where += " Eyes: " + p.eyes + "."
	}
	if c := n.Cost; c.Messages > 0 {
		where += fmt.Sprintf(" %s, %s sent.", count(p.scene.Rounds(), "round", "rounds"), widget.Bytes(c.Bytes))
	}
	p.line("%s", where)
	if n.Err != nil {
		p.paragraph("The run cannot go on: " + widget.Plain(n.Err.Error()))
		p.line("back returns to where it was still well.")
		return
	}
	if n.Event != nil {
		var where []string
		for _, s := range n.Event.Path {
			where = append(where, strings.ReplaceAll(s.String(), "/", " of "))
		}
		p.line("Place: %s.", widget.Plain(strings.Join(where, ", ")))
	}
	told := say.Tell(p.zoomed(), say.Cell{})
	if !n.Unseen {
		p.line("%s.", strings.TrimRight(told.Title, "?."))
	}
	p.paragraph(told.Sentence)
	if told.Formula != "" {
		p.line("Formula: %s", told.Formula)
	}
	if len(told.Work) > 0 {
		p.line("In numbers: %s", inOneLine(told.Work))
	}
	p.shares(told.Shares)
	if told.Measured {
		p.measured()
	}
	if len(told.Views) > 0 {
		var names []string
		for _, v := range told.Views {
			name := v.Name
			if v.When != "" {
				name += " " + v.When
			}
			names = append(names, name+" "+shape(v.Data))
		}
		p.line("Matrices: %s. show NAME reads one.", strings.Join(names, ", "))
	}
	if n.Step == n.Total {
		p.line("This is the end.")
	}
}

// measured says how the model does: the simulator's view.
func (p *plain) measured() {
	epochs := p.scene.Snapshot.History.Epochs
	if len(epochs) == 0 {
		return
	}
	last := epochs[len(epochs)-1]
	say := func(on string, m engine.Metrics) {
		p.line("On the %s rows: loss %.4f, accuracy %s, AUC %.4f.", on, m.Loss, widget.Percent(m.Accuracy), m.AUC)
		c := m.Confusion
		p.line("Of label %q: %d decided right, %d wrong. Of label %q: %d right, %d wrong.", p.scene.Classes[0], c[0][0], c[0][1], p.scene.Classes[1], c[1][1], c[1][0])
	}
	say("training", last.Train)
	if p.scene.Test > 0 {
		say("test", last.Test)
	}
	p.line("Measured by the simulator, outside the protocol: no party sees it.")
}

// inOneLine joins what is worked out, sentences or not.
func inOneLine(work []string) string {
	sentences := !slices.ContainsFunc(work, func(text string) bool { return !strings.HasSuffix(text, ".") })
	if sentences {
		return strings.Join(work, " ")
	}
	parts := make([]string, len(work))
	for i, text := range work {
		parts[i] = strings.TrimSuffix(text, ".")
	}
	return strings.Join(parts, "; ")
}

// zoomed is the scene, told in steps of the zoom.
func (p *plain) zoomed() say.Scene {
	s := p.scene
	s.Zoom = p.level
	return s
}
