package stage

import (
	"fmt"
	"strings"

	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/widget"
)

// sharingTable draws what every party holds of one cell of each value, and what that
// adds up to: for the eyes that see everything. A party sees its own column.
func sharingTable(v *view, list []say.Sharing, w, h int) []string {
	t := v.theme
	if len(list) == 0 || h < 2 {
		return nil
	}
	var holders []string
	place := map[string]int{}
	for _, s := range list {
		for _, p := range s.Parts {
			if _, ok := place[p.Party]; !ok {
				place[p.Party] = len(holders)
				holders = append(holders, p.Party)
			}
		}
	}
	full := w >= 26+19*len(holders)
	tb := widget.Table{Head: []string{fmt.Sprintf("[%d,%d]", list[len(list)-1].Row, list[len(list)-1].Col)}, Right: []bool{false}, Selected: -1}
	for _, id := range holders {
		head := v.mark(id)
		for _, p := range v.scene.Snapshot.Parties {
			if p.ID == id {
				head = fmt.Sprintf("%d %s", p.Number, v.mark(id))
			}
		}
		tb.Head, tb.Right = append(tb.Head, head), append(tb.Right, true)
	}
	tb.Head, tb.Right = append(tb.Head, "Σ mod 2⁶⁴"), append(tb.Right, true)
	for _, s := range list {
		row := make([]string, len(holders)+2)
		row[0] = t.Strong.Render(s.Name)
		for i := range holders {
			row[i+1] = t.Faint.Render("·")
		}
		for _, p := range s.Parts {
			word := fmt.Sprintf("%016x", p.Word)
			if !full {
				word = word[:4] + "…" + word[14:]
			}
			if s.Form == trace.Share {
				word = t.Dim.Render(word)
			}
			row[place[p.Party]+1] = word
		}
		row[len(row)-1] = hidden(t, 6)
		if s.Known {
			row[len(row)-1] = "→ " + strings.TrimSpace(widget.Num(s.Value, 10))
		}
		tb.Rows = append(tb.Rows, row)
	}
	return tb.Render(t, w, min(h, len(tb.Rows)+1))
}
