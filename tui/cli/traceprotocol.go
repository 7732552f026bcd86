package cli

import (
	"bufio"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"unseen/engine"
)

// oneProtocol is what unseen trace is asked about a single protocol.
type oneProtocol struct {
	flags   *pflag.FlagSet
	name    string
	values  [2][]float64
	explain bool
}

// protocolFlags adds the flags that trace one protocol. Those that training has as
// well may be there already.
func (o *oneProtocol) protocolFlags(c *cobra.Command) {
	f := c.Flags()
	o.flags = f
	f.Var(&value{kind: "NAME", check: func(text string) error { o.name = text; return nil }}, "protocol", "trace one protocol on shares instead of a run, with every party's numbers")
	complete(c, "protocol", protocolNames())
	for i, usage := range []string{"the number to run --protocol on; several with commas between", "the second number, for protocols that take two"} {
		name := [...]string{"value", "value2"}[i]
		f.Var(&value{kind: "V", check: func(text string) (err error) {
			o.values[i], err = realNumbers("--"+name, text)
			return err
		}}, name, usage)
	}
	if f.Lookup("holders") == nil {
		f.Var(&value{text: "3", kind: "N", check: wholeNumber("--holders", "3")}, "holders", "how many hold shares")
	}
	if f.Lookup("fraction-bits") == nil {
		f.Var(&value{text: "16", kind: "N", check: wholeNumber("--fraction-bits", "16")}, "fraction-bits", "fraction bits of the numbers")
	}
	f.BoolVar(&o.explain, "explain", false, "begin with how the protocol works")
}

func protocolNames() []string {
	var names []string
	for _, p := range engine.Protocols() {
		names = append(names, p.Name)
	}
	return names
}

func wholeNumber(flag, example string) func(string) error {
	return func(text string) error {
		_, err := whole(flag, text, example)
		return err
	}
}

// realNumbers reads numbers with commas between.
func realNumbers(flag, text string) ([]float64, error) {
	var list []float64
	for _, word := range strings.Split(text, ",") {
		x, err := decimal(flag, strings.TrimSpace(word), "-1.25")
		if err != nil && strings.Contains(text, ",") {
			return nil, &engine.SettingError{Setting: flag, Value: quote(text), What: quote(word) + " is not a number",
				Mend: "give numbers with commas between, as in " + flag + " 1.5,-0.25"}
		}
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}

// asked reports whether one protocol is to be traced. Its flags make no sense alone.
func (o *oneProtocol) asked() (bool, error) {
	if o.flags.Changed("protocol") {
		return true, nil
	}
	for _, name := range []string{"value", "value2", "explain"} {
		if o.flags.Changed(name) {
			return false, words("--%s goes with --protocol; write it as in unseen trace --protocol relu --value -1.25", name)
		}
	}
	return false, nil
}

// settings returns what is asked. Without a seed one is drawn.
func (o *oneProtocol) settings() (s engine.WalkSettings, err error) {
	s = engine.WalkSettings{Protocol: o.name, Values: o.values[:], Fixed: o.flags.Changed("seed")}
	if s.Holders, err = whole("--holders", o.flags.Lookup("holders").Value.String(), "3"); err != nil {
		return s, err
	}
	if s.FractionBits, err = whole("--fraction-bits", o.flags.Lookup("fraction-bits").Value.String(), "16"); err != nil {
		return s, err
	}
	if s.Fixed {
		s.Seed, err = parseSeed(o.flags.Lookup("seed").Value.String())
	}
	return s, err
}

// traceProtocol prints one run of one protocol.
func (a *app) traceProtocol(c *cobra.Command, o *oneProtocol, out, format string) error {
	settings, err := o.settings()
	if err != nil {
		return err
	}
	names := protocolNames()
	if near := engine.Nearest(settings.Protocol, names); near != "" && !slices.Contains(names, settings.Protocol) {
		return &engine.SettingError{Setting: "--protocol", Value: quote(settings.Protocol), What: "no protocol of that name",
			Mend: "did you mean " + near + "? choose one of: " + strings.Join(names, ", ")}
	}
	w, err := engine.WalkThrough(settings)
	if err != nil {
		return err
	}
	a.noteProtocol(c)
	if !w.Fixed && format == "json" {
		a.sayDrawn(w.Seed)
	}
	write := func(b *bufio.Writer, s styles) error {
		if format == "json" {
			return writeWalkLines(b, w)
		}
		t := &walkText{Writer: b, style: s, w: w}
		if o.explain {
			t.explanation()
		}
		t.all()
		return nil
	}
	if out == "" {
		p := a.printer()
		return p.done(p.failed(write(p.Writer, p.style)))
	}
	file, err := create("--out", out)
	if err != nil {
		return err
	}
	defer file.abort()
	if err := write(file.Writer, styles{}); err != nil {
		return file.fail(err)
	}
	if err := file.commit(); err != nil {
		return err
	}
	a.wrote(out)
	return nil
}

// noteProtocol says which of the given flags are of use for runs only.
func (a *app) noteProtocol(c *cobra.Command) {
	used := []string{"protocol", "value", "value2", "holders", "fraction-bits", "explain", "seed", "format", "out"}
	c.Flags().Visit(func(f *pflag.Flag) {
		if !slices.Contains(used, f.Name) {
			a.say("note: --protocol has no use for --%s", f.Name)
		}
	})
}
