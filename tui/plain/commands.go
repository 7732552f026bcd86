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

// command is something that can be asked.
type command struct {
	names []string // the first is the word, the others are short for it
	takes string   // what follows it
	help  string
	do    func(p *plain, ctx context.Context, args []string) error
}

// errQuit ends the session.
var errQuit = errors.New("quit")

// commands lists what can be asked. help reads the list, so it is made by a function.
func commands() []command {
	return []command{
		{[]string{"step", "s", "next", "n"}, "[N]", "one step on, or N of them; so does Enter alone", step},
		{[]string{"back", "b"}, "[N]", "one step back, or N of them", back},
		{[]string{"zoom", "z"}, "[LEVEL]", "how big a step is: epoch, batch, layer, operation, round or message, or as this way to train calls them; zoom in and zoom out change it by one", zoom},
		{[]string{"goto", "g"}, "N or eN", "to step N, or to the end of epoch N", goTo},
		{[]string{"end"}, "", "run to the end, or to a breakpoint", end},
		{[]string{"break"}, "[WHERE]", "stop at an operation, a sender, an opening, …; alone it lists them; break remove N removes one of the list", breaks},
		{[]string{"eyes", "e"}, "PARTY or 0", "look through the eyes of a party, by its name or number; eyes 0 looks at everything", eyes},
		{[]string{"where", "w"}, "", "say again where the run stands and what happened", func(p *plain, _ context.Context, _ []string) error { p.tell(); return nil }},
		{[]string{"show"}, "NAME", "read a matrix of this step", show},
		{[]string{"parties", "p"}, "[LETTERS]", "who takes part; with letters all whose names have them", parties},
		{[]string{"memory", "m"}, "PARTY [NAME]", "what a party has in memory, or one object of it; PARTY is a name or its number, S the server, D the dealer; NAME[R,C] begins at a cell", memory},
		{[]string{"value", "v"}, "PARTY NAME[R,C]", "one cell decoded, signed, unsigned, in hex and in bits, every party's share of it with the sum, and how the 64 bits are used", value},
		{[]string{"distribution"}, "PARTY NAME", "how the numbers of an object are distributed; of shares, whether they look like noise", distribution},
		{[]string{"origin", "o"}, "PARTY NAME[R,C]", "where a value came from; then origin N goes on with one of those it was made from, up to the row of the file, and origin back returns", origin},
		{[]string{"follow", "f"}, "[NAME or ROW]", "one person's way: the row in the file, as numbers, scaled, in fixed point, the shares, layer by layer, the decision", follow},
		{[]string{"knows", "k"}, "", "who has learnt what by now", knows},
		{[]string{"ledger"}, "[LETTERS]", "what was released as the number itself, to whom and why; with letters one by one", ledger},
		{[]string{"messages"}, "", "what was sent in this batch, visit or server round", messages},
		{[]string{"wire"}, "[LETTERS]", "every message and opening; with letters those that have them", wire},
		{[]string{"packet"}, "STEP", "one message: what it carries, and its first bytes", packet},
		{[]string{"flows"}, "", "who sent how much to whom", flows},
		{[]string{"cost"}, "", "what was sent in all, by whom, and in which layers and operations", cost},
		{[]string{"project"}, "[MS MBIT]", "how long it would take over a network, by round-trip time and bandwidth", project},
		{[]string{"loss", "l"}, "", "the course of the loss and the accuracy", loss},
		{[]string{"threshold"}, "[PERCENT]", "who gets a yes from a probability on, and whom that flips", threshold},
		{[]string{"workers"}, "", "on whose rows the model does worst and best", workers},
		{[]string{"offline", "x"}, "WORKER", "in secure aggregation: take a worker offline, or bring it back", offline},
		{[]string{"command"}, "", "the command that opens this place", shell},
		{[]string{"help", "h", "?"}, "", "this list", help},
		{[]string{"quit", "q"}, "", "leave", func(*plain, context.Context, []string) error { return errQuit }},
	}
}

// answer carries out a line and reports whether it was the last one.
func (p *plain) answer(ctx context.Context, line string) (last bool) {
	words := strings.Fields(line)
	if len(words) == 0 {
		words = []string{"step"}
	}
	for _, c := range commands() {
		if !slices.Contains(c.names, strings.ToLower(words[0])) {
			continue
		}
		err := c.do(p, ctx, words[1:])
		if err == errQuit {
			return true
		}
		if err != nil && ctx.Err() == nil {
			p.line("%s", widget.Plain(err.Error()))
		}
		return false
	}
	p.line("%q is not a command; help lists them.", widget.Plain(words[0]))
	return false
}

// move takes over where a move has led and says it, and the breakpoint that stopped it.
// What ended the run is part of what is said.
func (p *plain) move(stopped string, err error) error {
	before := p.scene.Snapshot
	p.look()
	if stopped != "" {
		p.line("Stopped by the breakpoint: %s.", stopped)
	}
	if n := p.scene.Snapshot; err != nil && n.Err == nil {
		return err
	} else if n.Step == before.Step && n.Err == nil {
		if n.Step == 0 {
			p.line("This is the beginning.")
		} else {
			p.line("This is the end.")
		}
		return nil
	}
	p.tell()
	return nil
}

// times reads an optional number of steps.
func times(args []string) (int, error) {
	if len(args) == 0 {
		return 1, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is not a number of steps", args[0])
	}
	return n, nil
}

func step(p *plain, ctx context.Context, args []string) error {
	n, err := times(args)
	if err != nil {
		return err
	}
	stopped := ""
	for range n {
		stopped, err = p.forth(ctx, func(ctx context.Context, run engine.Stepper) error { return engine.StepOn(ctx, run, p.level) },
			func(w *engine.Watch) error { return w.Next(ctx, p.run, p.level) })
		if at, total := p.run.Position(); err != nil || stopped != "" || at == total {
			break
		}
	}
	return p.move(stopped, err)
}

func back(p *plain, ctx context.Context, args []string) error {
	n, err := times(args)
	if err != nil {
		return err
	}
	for range n {
		err = engine.StepBack(ctx, p.run, p.level, p.run.Snapshot(p.all))
		if at, _ := p.run.Position(); err != nil || at == 0 {
			break
		}
	}
	return p.move("", err)
}

func zoom(p *plain, _ context.Context, args []string) error {
	levels := p.run.Levels()
	i := slices.Index(levels, p.level)
	if len(args) > 0 {
		switch args[0] {
		case "in", "finer":
			i++
		case "out", "coarser":
			i--
		default:
			level, ok := p.scene.Level(strings.Join(args, " "))
			if i = slices.Index(levels, level); !ok {
				i = -1
			}
		}
	}
	if i < 0 || i >= len(levels) {
		var names []string
		for _, l := range levels {
			names = append(names, p.scene.LevelName(l))
		}
		return fmt.Errorf("the levels here are %s", strings.Join(names, ", "))
	}
	p.level = levels[i]
	p.line("A step is one %s now.", p.scene.LevelName(p.level))
	return nil
}

func goTo(p *plain, ctx context.Context, args []string) error {
	usage := errors.New("goto takes a step, as in goto 8412, or an epoch, as in goto e3")
	if len(args) != 1 {
		return usage
	}
	if number, epoch := strings.CutPrefix(args[0], "e"); epoch {
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 {
			return usage
		}
		return p.move("", p.run.SeekEpoch(ctx, n))
	}
	n, err := strconv.Atoi(strings.ReplaceAll(args[0], ",", ""))
	if err != nil {
		return usage
	}
	if total := p.scene.Snapshot.Total; n < 0 || n > total {
		return fmt.Errorf("steps go from 0 to %s", widget.Count(total))
	}
	return p.move("", p.run.Seek(ctx, n))
}

func show(p *plain, _ context.Context, args []string) error {
	told := say.Tell(p.zoomed(), say.Cell{})
	var names []string
	for _, v := range told.Views {
		if len(args) == 1 && v.Name == args[0] {
			p.matrix(v.Name, v.Data, 0, 0, v.Rows, v.Cols)
			return nil
		}
		names = append(names, v.Name)
	}
	if len(names) == 0 {
		return errors.New("this step shows no matrix; memory reads what parties have")
	}
	return fmt.Errorf("this step shows %s", strings.Join(names, ", "))
}

// parties lists who takes part, in the order of their numbers: the first of them, or all
// whose names have some letters.
func parties(p *plain, _ context.Context, args []string) error {
	list, letters := p.scene.Snapshot.Parties, strings.ToLower(strings.Join(args, " "))
	if letters != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(party engine.PartyImage) bool { return !strings.Contains(strings.ToLower(party.ID), letters) })
	}
	if len(list) == 0 {
		return fmt.Errorf("nobody here has a name with %q", letters)
	}
	for i, party := range list {
		if i == longest && len(list) > longest+1 && letters == "" {
			p.line("and %s more, by number; parties LETTERS lists all whose names have these.", widget.Count(len(list)-longest))
			break
		}
		has := count(len(party.Memory.Objects), "object", "objects") + " in memory"
		if !p.scene.Snapshot.Knows(party.ID) {
			has = "its memory is unknown to " + p.eyes
		}
		if p.scene.Snapshot.Away[party.ID] {
			has += ", has left"
		}
		p.line("%s: %s, %s, %s", say.Sign(party), party.ID, party.Role, has)
	}
	return nil
}

// find returns a party by its name or number.
func (p *plain) find(name string) (engine.PartyImage, error) {
	for _, party := range p.scene.Snapshot.Parties {
		if strings.EqualFold(party.ID, name) || strings.EqualFold(say.Sign(party), name) {
			return party, nil
		}
	}
	return engine.PartyImage{}, fmt.Errorf("%q takes no part; parties lists who does", name)
}

func memory(p *plain, _ context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("memory takes a party, and maybe an object: memory server w1")
	}
	party, err := p.reach(args[0])
	if err != nil {
		return err
	}
	if len(args) > 1 {
		o, err := p.object("", args)
		if err != nil {
			return err
		}
		rows, cols := p.scene.Labels(o.Name, party.Memory)
		p.matrix(o.Name, o.Data, o.row, o.col, rows, cols)
		p.line("%s, since step %s: %s.", p.scene.Kind(o.Name, o.Form), widget.Count(o.Step), o.Origin)
		return nil
	}
	if len(party.Memory.Objects) == 0 {
		p.line("%s has nothing in memory.", party.ID)
	}
	for _, o := range party.Memory.Objects {
		p.line("%s: %s, %s, since step %s: %s", o.Name, p.scene.Kind(o.Name, o.Form), shape(o.Data), widget.Count(o.Step), o.Origin)
	}
	return nil
}

func messages(p *plain, _ context.Context, _ []string) error {
	list := p.scene.Snapshot.Messages
	if len(list) == 0 {
		p.line("None since the last batch, visit or server round began.")
		return nil
	}
	if len(list) > longest {
		p.line("%s before these.", count(len(list)-longest, "message", "messages"))
		list = list[len(list)-longest:]
	}
	for _, m := range list {
		p.line("step %s: %s to %s, %s, %s", widget.Count(m.Step), m.From, m.To, m.What, widget.Bytes(int64(m.Bytes)))
	}
	return nil
}

func cost(p *plain, _ context.Context, _ []string) error {
	c := p.scene.Snapshot.Cost
	p.line("%s in %s, %s.", count(int(c.Messages), "message", "messages"), count(p.scene.Rounds(), "round", "rounds"), widget.Bytes(c.Bytes))
	shown := 0
	for _, party := range p.scene.Snapshot.Parties {
		if n := c.Sent[party.ID]; n > 0 && shown < longest {
			p.line("%s sent %s", party.ID, widget.Bytes(n))
			shown++
		}
	}
	if c := p.scene.Costs(); c.Messages > 0 {
		for _, span := range c.Inside {
			p.costs(span, c.Bytes, span.Name, 1)
		}
	}
	return nil
}

func loss(p *plain, _ context.Context, _ []string) error {
	if p.scene.Predicts() {
		return errors.New("nothing is trained in a prediction, so there is no loss")
	}
	h := p.scene.Snapshot.History
	if n := len(h.Batches); n > 0 {
		p.line("Last batch, number %s: loss %.4f.", widget.Count(n), h.Batches[n-1].Loss)
	}
	for _, e := range h.Epochs {
		if math.IsNaN(e.Train.Loss) {
			continue // of a party that measures nothing
		}
		on, m := "training", e.Train
		if p.scene.Test > 0 {
			on, m = "test", e.Test
		}
		when := "Before training"
		if e.Epoch > 0 {
			when = fmt.Sprintf("After %d", e.Epoch)
		}
		p.line("%s: loss %.4f, accuracy %s on the %s rows.", when, m.Loss, widget.Percent(m.Accuracy), on)
	}
	switch guess := p.scene.Baseline.Loss; {
	case !math.IsNaN(guess):
		p.line("The best constant guess costs %.4f.", guess)
	case len(h.Batches) == 0:
		p.line("%s", p.scene.OwnLoss())
	}
	if spent := p.scene.Spent(); spent != "" {
		p.line("Privacy spent: %s: %s.", spent, p.scene.Guessing())
	}
	return nil
}

func shell(p *plain, _ context.Context, _ []string) error {
	if p.shell == "" {
		return errors.New("nobody knows the command of this run")
	}
	if p.left {
		return errors.New("a worker was taken offline by hand: no command with --plain opens this run again")
	}
	text := p.shell + " --plain"
	if n := p.scene.Snapshot.Step; n > 0 {
		text += fmt.Sprintf(" --step %d", n)
	}
	if p.level != trace.Operation {
		text += " --zoom " + p.level.String()
	}
	if p.eyes != "" {
		text += " --eyes " + p.eyes
	}
	for _, m := range p.marks {
		text += " --break '" + m.Breakpoint.String() + "'"
	}
	p.print(text + "\n")
	return nil
}

func help(p *plain, _ context.Context, _ []string) error {
	for _, c := range commands() {
		short := ""
		if len(c.names) > 1 {
			short = ", short " + strings.Join(c.names[1:], " or ")
		}
		p.line("%s%s: %s", strings.TrimSpace(c.names[0]+" "+c.takes), short, c.help)
	}
	return nil
}
