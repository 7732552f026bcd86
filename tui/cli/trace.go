package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
	"unseen/engine/trace"
)

// trace prints every event of a run.
func (a *app) trace() *cobra.Command {
	c := &cobra.Command{
		Use:   "trace",
		Short: "Print every event of a run, one a line",
		Long: "Print every event of a run, one a line: its step, the spans around it, who did what to which matrices, and the bytes of a message. A line comes when its span ends.\n\n" +
			"With --out the run is recorded instead, with all values and memories: unseen explore --replay opens the file.\n\n" +
			"With --protocol, one protocol on shares is run instead, on the numbers of --value, and everything that happens is printed with every party's numbers: " +
			"shares in hexadecimal and what they add up to, what the dealer deals, each message, each opening with the reason why it may be known, and the cost. NAME is one of: " + strings.Join(protocolNames(), ", ") + ".",
		Example: "unseen trace --steps 100 --only local\nunseen trace --mode aggregated --workers 5 --only message\nunseen trace --seed 42 --out run.unseen\n" +
			"unseen trace --protocol relu --value -1.25 --holders 3\nunseen trace --protocol mul --value 1.5 --value2 -2 --explain",
	}
	var f filter
	f.flags(c.Flags())
	request := a.runFlags(c)
	c.Flags().Lookup("format").Usage = "how to print the events: text or json, one object a line"
	var protocol oneProtocol
	protocol.protocolFlags(c)
	a.act(c, func(c *cobra.Command) error {
		if request.format.text == "csv" {
			return &engine.SettingError{Setting: "--format", Value: "csv", What: "events are no table", Mend: "choose text or json"}
		}
		if f.out != "" {
			if err := checkTarget("--out", f.out); err != nil {
				return err
			}
		}
		if asked, err := protocol.asked(); err != nil || asked {
			if err == nil {
				err = a.traceProtocol(c, &protocol, f.out, request.format.text)
			}
			return err
		}
		f.record = f.out != "" && !c.Flags().Changed("format")
		for _, name := range []string{"only", "party"} {
			if f.record && c.Flags().Changed(name) {
				return &engine.SettingError{Setting: "--" + name, Value: quote(c.Flags().Lookup(name).Value.String()), What: "a recording holds all events",
					Mend: "leave it out, or add --format text to write the lines into the file"}
			}
		}
		r, err := request.resolve()
		if err != nil {
			return err
		}
		session, err := r.open()
		if err != nil {
			return err
		}
		defer session.Close()
		if err := f.check(session); err != nil {
			return err
		}
		a.note(c, "weights", "plot")
		a.noteModes(c.Flags(), r.scenario)
		a.noteData(r.source, r.set.Table)
		a.noteSeed(r.scenario)
		if f.record {
			return a.record(c.Context(), session, r.command(r.scenario), f.out, f.steps)
		}
		return a.traceTo(c.Context(), session, f, r.format.text)
	})
	hide(c.Flags(), "weights", "plot")
	return c
}

// filter says which events are printed, and where to.
type filter struct {
	only, party string
	steps       int
	out         string
	record      bool // out becomes a recording, not lines
}

func (f *filter) flags(flags *pflag.FlagSet) {
	flags.SortFlags = false
	var kinds []string
	for _, k := range trace.Kinds() {
		kinds = append(kinds, k.String())
	}
	known := choice("--only", kinds...)
	flags.Var(&value{kind: "KIND", check: func(text string) error { f.only = text; return known(text) }}, "only", "print only events of this kind: "+list(kinds))
	flags.Var(&value{kind: "ID", check: func(text string) error { f.party = text; return nil }}, "party", "print only what this party does, sends or receives")
	flags.Var(&value{kind: "N", check: f.setSteps}, "steps", "stop after the first N events of the run, printed or not")
	flags.Var(&value{kind: "FILE", check: fileName("--out", &f.out)}, "out", "record the run in FILE, for explore --replay; with --format write the lines there")
}

func (f *filter) setSteps(text string) (err error) {
	if f.steps, err = whole("--steps", text, "100"); err == nil && f.steps < 1 {
		err = &engine.SettingError{Setting: "--steps", Value: text, What: "out of range", Mend: "give a whole number from 1, or leave it out for all"}
	}
	return err
}

// check reports a party that does not take part.
func (f *filter) check(session engine.Stepper) error {
	if f.party == "" {
		return nil
	}
	known := parties(session)
	if slices.Contains(known, f.party) {
		return nil
	}
	mend := "choose one of: " + strings.Join(known, ", ")
	const few = 8
	if len(known) > few {
		mend = fmt.Sprintf("choose one of: %s and %d more", strings.Join(known[:few], ", "), len(known)-few)
	}
	if near := engine.Nearest(f.party, known); near != "" {
		mend = "did you mean " + near + "?"
	}
	return &engine.SettingError{Setting: "--party", Value: quote(f.party), What: "takes no part in this run", Mend: mend}
}

// parties lists who takes part in a run.
func parties(session engine.Stepper) []string {
	var ids []string
	for _, p := range session.Snapshot(nil).Parties {
		ids = append(ids, p.ID)
	}
	return ids
}

// passes reports whether an event is to be printed.
func (f *filter) passes(e *trace.Event) bool {
	return (f.only == "" || e.Kind.String() == f.only) && (f.party == "" || e.Party == f.party || e.To == f.party)
}

// traceTo runs the session and writes its events.
func (a *app) traceTo(ctx context.Context, session *engine.Session, f filter, format string) error {
	if f.out != "" {
		file, err := create("--out", f.out)
		if err != nil {
			return err
		}
		defer file.abort()
		unwritable, err := a.events(ctx, session, f, format, file.Writer, false)
		switch {
		case unwritable != nil:
			return file.fail(unwritable)
		case err != nil:
			return err
		}
		if err := file.commit(); err != nil {
			return err
		}
		a.wrote(f.out)
		return nil
	}
	p := a.printer()
	unwritable, err := a.events(ctx, session, f, format, p.Writer, a.OutTerminal)
	if unwritable != nil {
		return &outputError{unwritable}
	}
	return p.done(err)
}

// events writes the events of a run as they happen. It returns separately why
// they could not be written and why the run did not go on. With quiet there is no
// progress bar.
func (a *app) events(ctx context.Context, session *engine.Session, f filter, format string, w *bufio.Writer, quiet bool) (unwritable, err error) {
	_, total := session.Position()
	if f.steps > 0 {
		total = min(total, f.steps)
	}
	text := &lines{Writer: w, digits: len(fmt.Sprint(total)), path: 38, kind: len("message")}
	for _, id := range parties(session) {
		text.party = max(text.party, len([]rune(id)))
	}
	write := text.write
	if session.Privacy() != nil {
		text.epsilon = session.Epsilon
	}
	if format == "json" {
		encoder := newEventEncoder(w)
		encoder.epsilon, write = text.epsilon, encoder.write
	}
	var progress *bar
	if !quiet {
		progress = a.bar()
	}
	defer progress.clear()
	const glance = 256 // events between two looks at the clock
	err = session.Each(ctx, func(e *trace.Event) bool {
		if f.passes(e) {
			if unwritable = write(e); unwritable != nil {
				return false
			}
		}
		if e.Step%glance == 0 {
			progress.update("tracing", e.Step, total)
		}
		return e.Step < total
	})
	return unwritable, err
}

// lines writes events for people.
type lines struct {
	*bufio.Writer
	digits int // of the largest step
	path   int // width of the breadcrumbs so far
	kind   int // width of the kinds
	party  int // width of the parties so far
	text   []byte

	epsilon func() float64 // what a private run has cost so far; nil without privacy
	spent   float64        // what it had cost at the line before
}

func (l *lines) write(e *trace.Event) error {
	crumbs := make([]string, len(e.Path)-1)
	for i, s := range e.Path[:len(e.Path)-1] {
		crumbs[i] = s.Label()
	}
	who := e.Party
	if e.To != "" {
		who += " → " + e.To
	}
	t := fmt.Appendf(l.text[:0], "%*d  ", l.digits, e.Step)
	t = l.padded(t, strings.Join(crumbs, " › "), &l.path)
	t = l.padded(t, e.Kind.String(), &l.kind)
	t = l.padded(t, who, &l.party)
	t = append(t, e.Scope().Label()...)
	if len(e.Inputs)+len(e.Outputs) > 0 {
		t = append(t, ':')
	}
	t = values(t, e.Inputs)
	if len(e.Outputs) > 0 {
		t = append(t, " →"...)
	}
	t = values(t, e.Outputs)
	if e.Bytes > 0 || e.Kind == trace.Sent {
		t = fmt.Appendf(t, ", %d bytes", e.Bytes)
	}
	if l.epsilon != nil {
		if now := l.epsilon(); now != l.spent {
			t = fmt.Appendf(t, ", epsilon %s", epsilonText(now))
			l.spent = now
		}
	}
	l.text = append(t, '\n')
	_, err := l.Write(l.text)
	return err
}

// padded appends text and blanks up to the width, which grows when it must.
func (l *lines) padded(t []byte, text string, width *int) []byte {
	n := len([]rune(text))
	*width = max(*width, n)
	t = append(t, text...)
	for ; n < *width+2; n++ {
		t = append(t, ' ')
	}
	return t
}

// values appends names and shapes, the first few of many.
func values(t []byte, all []trace.Value) []byte {
	const most = 4
	for i, v := range all {
		if i == most {
			return fmt.Appendf(t, " and %d more", len(all)-most)
		}
		if i > 0 {
			t = append(t, ',')
		}
		t = append(append(t, ' '), v.Name...)
		for j, n := range v.Shape() {
			between := " "
			if j > 0 {
				between = "×"
			}
			t = strconv.AppendInt(append(t, between...), int64(n), 10)
		}
	}
	return t
}

// eventEncoder writes events as JSON, one object a line.
type eventEncoder struct {
	json    *json.Encoder
	line    eventDocument
	epsilon func() float64 // what a private run has cost so far; nil without privacy
}

// eventDocument is an event as JSON. Span lists the spans around it; Shape is
// that of its first output.
type eventDocument struct {
	Step  int      `json:"step"`
	Span  []string `json:"span"`
	Kind  string   `json:"kind"`
	From  *string  `json:"from"`
	To    *string  `json:"to"`
	Name  string   `json:"name"`
	Shape []int    `json:"shape"`
	Bytes int      `json:"bytes"`
	// In a private run, what it has cost so far.
	Epsilon *number `json:"epsilon,omitempty"`
}

func newEventEncoder(w *bufio.Writer) *eventEncoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &eventEncoder{json: enc}
}

func (x *eventEncoder) write(e *trace.Event) error {
	d := &x.line
	span := d.Span[:0]
	if span == nil {
		span = []string{}
	}
	for _, s := range e.Path[:len(e.Path)-1] {
		span = append(span, s.Label())
	}
	*d = eventDocument{
		Step: e.Step, Span: span, Kind: e.Kind.String(), From: present(e.Party), To: present(e.To),
		Name: e.Scope().Label(), Bytes: e.Bytes,
	}
	if x.epsilon != nil {
		spent := number(x.epsilon())
		d.Epsilon = &spent
	}
	if len(e.Outputs) > 0 {
		d.Shape = e.Outputs[0].Shape()
	}
	return x.json.Encode(d)
}

// present returns nil for no name.
func present(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}
