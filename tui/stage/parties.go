package stage

import (
	"fmt"
	"strconv"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/key"
	"unseen/tui/screen"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// parties shows who takes part, who is active, and where in the network the run
// is.
type parties struct{}

func (*parties) name() string { return "Parties" }

func (*parties) head(v *view) (title, right string) {
	if n := len(v.scene.Snapshot.Parties); n != 1 {
		return "Parties", widget.Count(n)
	}
	return "Parties", "1 party has it all"
}

// glyph draws a party's mark in its colour.
func glyph(v *view, number int) string {
	return v.theme.Party(number).Render(theme.Glyph(number))
}

func (p *parties) body(v *view, w, h int) ([]string, int) {
	t := v.theme
	var lines []string
	for i, party := range v.scene.Snapshot.Parties {
		state := ""
		if e := v.scene.Snapshot.Event; e != nil && e.Party == party.ID {
			state = t.Good.Render("active")
		}
		name := party.ID
		if i == v.selected {
			name = t.Strong.Render(name)
		}
		lines = append(lines, spread(fmt.Sprintf("%d %s %s", party.Number, glyph(v, party.Number), name), state, w))
	}
	note := fmt.Sprintf("%s applicants handed over their rows and labels: the server has everything in the clear.", widget.Count(v.scene.Train))
	if v.scene.Test > 0 {
		note = fmt.Sprintf("%s applicants handed over their rows and labels: the server has everything in the clear. %s more rows are kept for testing.",
			widget.Count(v.scene.Train), widget.Count(v.scene.Test))
	}
	lines = append(lines, paint(t.Dim.Render, widget.Wrap(note, w))...)
	lines = append(lines, "")
	return append(lines, network(v, w, h-len(lines))...), 0
}

// network lists the layers: which one the run is in, which way it goes, and how
// many of its activations are not 0.
func network(v *view, w, h int) []string {
	t := v.theme
	n := v.scene.Snapshot
	active, part := 0, ""
	inLoss, inUpdate := false, false
	if n.Event != nil {
		for _, s := range n.Event.Path {
			if s.Level == trace.Layer {
				active, part = s.Index, s.Part
				inLoss, inUpdate = s.Name == "loss", s.Name == "update"
			}
		}
	}
	sizes := append([]int{len(v.scene.Features)}, append(append([]int(nil), v.scene.Scenario.Network.Hidden...), len(v.scene.Classes))...)
	memory := v.scene.Snapshot.Parties[0].Memory
	const nameW, activeW = 6, 8
	lines := []string{t.Dim.Render(widget.Fit("  layer   size", w-activeW) + widget.FitLeft("active", activeW))}
	strips := h >= 2*len(sizes)+2
	for l := 1; l < len(sizes); l++ {
		mark, name := "  ", strconv.Itoa(l)
		if l == active {
			mark = t.Accent.Render("▸ ")
			if part == "backward" {
				mark = t.Accent.Render("◂ ")
			}
			name = t.Strong.Render(name)
		} else if inUpdate {
			mark = t.Accent.Render("± ")
		}
		size := fmt.Sprintf("%3d → %d", sizes[l-1], sizes[l])
		lines = append(lines, widget.Fit(mark+widget.Fit(name, nameW)+size, w-activeW)+widget.FitLeft(activity(memory, l), activeW))
		if strips {
			lines = append(lines, "  "+strip(v, memory, l, w-2))
		}
	}
	mark := "  "
	if inLoss {
		mark = t.Accent.Render("▸ ")
	}
	value := ""
	if o, ok := memory.Object("loss"); ok {
		m := 1
		if y, ok := memory.Object("y"); ok {
			m = y.Data.Shape()[0]
		}
		value = widget.Num(o.Data.Float64s()[0]/float64(m), 8)
	}
	lines = append(lines, widget.Fit(mark+"loss, mean", w-activeW)+widget.FitLeft(value, activeW))
	return lines[:max(0, min(len(lines), h))]
}

// activity is the share of a layer's activations that are not 0, while the batch
// is in memory.
func activity(memory *engine.Image, l int) string {
	o, ok := memory.Object("a" + strconv.Itoa(l))
	if !ok {
		return ""
	}
	on := 0
	for _, x := range o.Data.Float64s() {
		if x != 0 {
			on++
		}
	}
	return widget.Percent(float64(on) / float64(o.Data.Size()))
}

// strip draws the activations of a layer, or in the last layer the logits, for
// the first row of the batch.
func strip(v *view, memory *engine.Image, l, w int) string {
	o, ok := memory.Object("a" + strconv.Itoa(l))
	if !ok {
		o, ok = memory.Object("z" + strconv.Itoa(l))
	}
	if !ok {
		return ""
	}
	n := o.Data.Shape()[1]
	return widget.HeatStrip(v.theme, o.Data.Float64s()[:n], min(n, w))
}

func (p *parties) handle(v *view, i key.Intent) bool {
	return pageIntent(i, &v.selected, len(v.scene.Snapshot.Parties)-1, 5)
}

func (p *parties) click(v *view, y int) bool {
	if y < 0 || y >= len(v.scene.Snapshot.Parties) {
		return false
	}
	v.selected = y
	return true
}

func (*parties) words() []screen.Word {
	return []screen.Word{
		{Term: "party", Meaning: "a participant with a memory of its own; parties meet only by messages"},
		{Term: "server", Meaning: "coordinates training and owns the model; in central training it has the data too"},
		{Term: "active", Meaning: "of a party: it did the last step; of a layer: the share of its activations that are not 0"},
		{Term: "▂▅█", Meaning: "the activations of a layer for the first row of the batch, in the last layer its logits"},
		{Term: "▸ ◂ ±", Meaning: "the run is in this layer on the way forward, on the way back, or updates it"},
	}
}
