package plain

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// wire lists the last messages and openings that have some letters.
func wire(p *plain, _ context.Context, args []string) error {
	letters := strings.Join(args, " ")
	record := p.scene.Snapshot.Record
	list := record.Select(letters, false)
	if len(list) == 0 && letters != "" {
		return fmt.Errorf("no message has the letters %q", letters)
	}
	if len(list) == 0 {
		p.line("No message was sent so far.")
		return nil
	}
	if n := len(list) - longest; n > 0 {
		p.line("%s before these.", count(n, "message", "messages"))
		list = list[n:]
	}
	for _, i := range list {
		p.line("%s", entry(record.At(i)))
	}
	p.line("packet STEP reads one of them.")
	return nil
}

// entry writes a message or an opening in one line.
func entry(e engine.Entry) string {
	if e.Kind == trace.Open {
		return fmt.Sprintf("step %s: %s, opened to %s", widget.Count(e.Step), e.What, say.Few(e.To))
	}
	return fmt.Sprintf("step %s: %s to %s, %s, %s", widget.Count(e.Step), e.From, e.To, e.What, widget.Bytes(int64(e.Bytes)))
}

// Of a packet so many times eight bytes are read, and a number of them is so wide at most.
const mostWords, readW = 8, 12

// packet reads what one message consists of: its structure and the first of its bytes.
func packet(p *plain, ctx context.Context, args []string) error {
	record := p.scene.Snapshot.Record
	step, err := 0, errors.New("packet takes the step of a message, as wire lists them: packet 214")
	if len(args) != 1 {
		return err
	}
	if step, err = strconv.Atoi(strings.ReplaceAll(args[0], ",", "")); err != nil {
		return fmt.Errorf("%q is no step", args[0])
	}
	at := record.Find(step)
	if at >= record.Len() || record.At(at).Step != step || !record.At(at).Wire() {
		return fmt.Errorf("nothing was sent at step %s; wire lists what was", widget.Count(step))
	}
	n, err := engine.Peek(ctx, p.run, step, p.all)
	if err != nil {
		return err
	}
	if p.eyes != "" {
		n = n.As(p.eyes)
	}
	e := record.At(at)
	p.line("%s.", entry(e))
	if words := p.scene.Carries(e.What); words != "" {
		p.paragraph(words + ".")
	}
	p.line("In %s.", strings.Join(e.Where, ", "))
	if n.Event == nil {
		return nil
	}
	for _, f := range say.Payload(n.Event, e.Bytes) {
		v := f.Value
		if !f.Known {
			p.line("%s, %s: unknown to %s.", v.Name, v.Form, p.eyes)
			continue
		}
		s := v.Shape()
		p.line("At byte %s: %s, %s, %d by %d: %s.", widget.Count(f.At), v.Name, p.scene.Kind(v.Name, v.Form), s[0], s[1], f.Kind(p.scene.Scenario.Mode))
		for from := 0; from < min(8*mostWords, f.Size()); from += 8 {
			to := min(from+8, f.Size())
			var bytes []byte
			for i := from; i < to; i++ {
				bytes = append(bytes, f.Byte(i))
			}
			p.line("%06x: % x: %s", f.At+from, bytes, strings.Join(strings.Fields(f.Read(from, to, readW)), " "))
		}
		if more := f.Size() - 8*mostWords; more > 0 {
			p.line("and %s.", count(more, "more byte", "more bytes"))
		}
	}
	return nil
}

// flows says who sent how much to whom.
func flows(p *plain, _ context.Context, _ []string) error {
	f := p.scene.Flows(say.FewSenders)
	if f.All == 0 {
		p.line("Nobody has sent anything so far.")
	}
	for i, from := range f.Names {
		var parts []string
		for j, to := range f.Names {
			if b := f.Bytes[i][j]; b > 0 {
				parts = append(parts, "to "+to+" "+widget.Bytes(b))
			}
		}
		if len(parts) > 0 {
			p.paragraph(from + " sent " + strings.Join(parts, ", ") + ".")
		}
	}
	return nil
}

// deepest is how far inside the run costs are read.
const deepest = 3

// costs says what each layer and operation cost, the dearest first.
func (p *plain) costs(c *say.Cost, all int64, where string, depth int) {
	if c.Bytes == 0 && c.Rounds == 0 {
		return
	}
	share := 0.0
	if all > 0 {
		share = float64(c.Bytes) / float64(all)
	}
	p.line("%s: %s, %s of all, %s, %s", where, widget.Bytes(c.Bytes), widget.Percent(share), count(c.Messages, "message", "messages"), count(c.Rounds, "round", "rounds"))
	if depth == deepest {
		return
	}
	for i, inner := range c.Inside {
		if i == longest {
			p.line("%s: and %d more kinds", where, len(c.Inside)-longest)
			break
		}
		name := inner.Name
		if depth > 0 {
			name = where + ", " + name
		}
		p.costs(inner, all, name, depth+1)
	}
}

// project says how long the run takes over a network.
func project(p *plain, _ context.Context, args []string) error {
	usage := errors.New("project takes a round-trip time in milliseconds and a bandwidth in Mbit/s: project 20 100")
	networks := []struct {
		name string
		rtt  time.Duration
		bits float64
	}{{"In one building, 0.5 ms and 1 Gbit/s", 500 * time.Microsecond, 1e9}, {"In one country, 20 ms and 1 Gbit/s", 20 * time.Millisecond, 1e9},
		{"Between two continents, 100 ms and 100 Mbit/s", 100 * time.Millisecond, 100e6}, {"On telephones, 50 ms and 20 Mbit/s", 50 * time.Millisecond, 20e6}}
	switch len(args) {
	case 0:
	case 2:
		rtt, err := strconv.ParseFloat(args[0], 64)
		rate, wrong := strconv.ParseFloat(args[1], 64)
		if err != nil || wrong != nil || !(rtt >= 0 && rtt <= 1e6) || !(rate > 0 && rate <= 1e9) {
			return usage
		}
		networks = networks[:1]
		networks[0].name, networks[0].rtt, networks[0].bits = fmt.Sprintf("With %v ms and %v Mbit/s", rtt, rate), time.Duration(rtt*float64(time.Millisecond)), rate*1e6
	default:
		return usage
	}
	traffic := p.scene.Traffic()
	for _, n := range networks {
		x := traffic.Over(n.rtt, n.bits)
		whole := ""
		if x.Whole > 0 {
			whole = "; the whole run about " + widget.Duration(x.Whole)
		}
		p.line("%s: rounds %s, bytes %s, together %s%s.", n.name, widget.Duration(x.Rounds), widget.Duration(x.Bytes), widget.Duration(x.Rounds+x.Bytes), whole)
	}
	p.paragraph(p.scene.Waited())
	if traffic.Whole != nil {
		p.paragraph(p.scene.Ahead())
	}
	return nil
}
