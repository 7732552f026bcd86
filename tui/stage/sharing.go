package stage

import (
	"fmt"
	"slices"
	"strings"

	"unseen/engine/trace"
	"unseen/tui/say"
	"unseen/tui/screen"
	"unseen/tui/widget"
)

// encrypted reports whether the run computes on shares.
func (v *view) encrypted() bool { return v.scene.Scenario.OnShares() }

// sharingTable draws what every party holds of one cell of each value, and what that
// adds up to: for the eyes that see everything. A party sees its own column.
func sharingTable(v *view, list []say.Sharing, w, h int) []string {
	t := v.theme
	if len(list) == 0 || h < 2 {
		return nil
	}
	var holders []string
	place := map[string]int{}
	takes := func(id string) bool {
		return slices.ContainsFunc(list, func(s say.Sharing) bool {
			return slices.ContainsFunc(s.Parts, func(p say.Summand) bool { return p.Party == id })
		})
	}
	for _, p := range v.scene.Snapshot.Parties {
		if takes(p.ID) {
			place[p.ID] = len(holders)
			holders = append(holders, p.ID)
		}
	}
	nameW, sumW := 0, widget.Width(sumHead)
	for _, s := range list {
		nameW, sumW = max(nameW, widget.Width(cellName(s))), max(sumW, widget.Width(s.Sum))
	}
	// What is left beside name and sum, at most 16, 7 or 6 letters a share and a gap of 2.
	room, letters := w-nameW-sumW-3, 6
	for _, n := range []int{16, 7} {
		if room >= (n+2)*len(holders) {
			letters = n
			break
		}
	}
	shown := holders
	if fit := room / (letters + 2); fit < len(holders) {
		shown = holders[:max(1, fit-1)] // one column says how many more
	}
	tb := widget.Table{Head: []string{""}, Right: []bool{false}, Selected: -1}
	for _, id := range shown {
		head := v.mark(id)
		for _, p := range v.scene.Snapshot.Parties {
			if p.ID == id {
				head = say.Sign(p) + " " + v.mark(id)
			}
		}
		tb.Head, tb.Right = append(tb.Head, head), append(tb.Right, true)
	}
	if len(shown) < len(holders) {
		tb.Head, tb.Right = append(tb.Head, fmt.Sprintf("+%d", len(holders)-len(shown))), append(tb.Right, true)
	}
	tb.Head, tb.Right = append(tb.Head, sumHead), append(tb.Right, true)
	for _, s := range list {
		name := t.Strong.Render(s.Name) + t.Dim.Render(cellName(s)[len(s.Name):])
		row := make([]string, len(tb.Head))
		row[0] = name
		for i := range row[1:] {
			row[i+1] = t.Faint.Render("·")
		}
		for _, p := range s.Parts {
			if at := place[p.Party]; at < len(shown) {
				row[at+1] = shareText(s, p.Word, letters)
				if s.Form == trace.Share {
					row[at+1] = t.Dim.Render(row[at+1])
				}
			}
		}
		row[len(row)-1] = hidden(t, 6)
		if s.Sum != "" {
			row[len(row)-1] = s.Sum
			if s.Form == trace.Opened {
				row[len(row)-1] = t.Accent.Render(s.Sum)
			}
		}
		tb.Rows = append(tb.Rows, row)
	}
	lines := tb.Render(t, w, min(h, len(tb.Rows)+1))
	note := widget.Wrap(sharingNote(v, list), w)
	for _, line := range note[:min(len(note), max(0, h-len(lines)))] {
		lines = append(lines, t.Dim.Render(widget.Fit(line, w)))
	}
	return lines
}

// shareText writes what a party holds of a cell.
func shareText(s say.Sharing, word uint64, letters int) string {
	hex := fmt.Sprintf("%016x", word)
	switch {
	case s.Bits > 0:
		return widget.Fit(s.Written(word), min(letters, widget.Width(s.Written(word))))
	case letters >= len(hex):
		return hex
	case letters < 7:
		return hex[:3] + "…" + hex[14:]
	}
	return say.Short(word)
}

const sumHead = "Σ mod 2⁶⁴"

// cellName names a cell of a value.
func cellName(s say.Sharing) string {
	name := s.Name
	if !s.Scalar {
		name = fmt.Sprintf("%s[%d,%d]", s.Name, s.Row, s.Col)
	}
	if s.When != "" {
		name += " " + s.When
	}
	return name
}

// sharingNote says whose view the last column is.
func sharingNote(v *view, list []say.Sharing) string {
	secret, opened, own, single, split := false, false, false, false, false
	for _, s := range list {
		split = split || v.scene.Snapshot.Eyes != "" && s.Knows == say.The(v.scene.Snapshot.Eyes)+" knows"
		single = single || s.Form == trace.Share && !s.Known && v.scene.Snapshot.Eyes == ""
		own = own || s.Form == trace.Share && s.Known && v.scene.Snapshot.Eyes != ""
		secret = secret || s.Form == trace.Share && (s.Known || v.scene.Snapshot.Eyes != "")
		opened = opened || s.Form == trace.Opened
	}
	told := toldSums(list)
	switch {
	case own:
		return "Σ: its own masks, which it drew; ▒ what they hide"
	case split:
		return "▒: what it has split itself, and so knows"
	case v.scene.Snapshot.Eyes != "" && secret:
		return "▒ is what the shares add up to: not known here"
	case secret && told != "":
		return told
	case secret && opened:
		return "Σ: opened is known to all, the rest to nobody"
	case secret:
		return "Σ: a view that exists nowhere in reality"
	case single:
		return "▒: the other shares are not in this message"
	}
	return ""
}

// toldSums says who knows what shares add up to, value by value; empty where nobody knows
// any of it.
func toldSums(list []say.Sharing) string {
	const holders, nobody = "all holders know", "nobody knows"
	var who []string
	of := map[string][]string{} // what they know, by who knows
	for _, s := range list {
		knows, name := s.Knows, s.Name
		switch {
		case s.Form == trace.Opened:
			knows = holders
		case s.Form != trace.Share || knows == "":
			knows = nobody
		}
		if s.When != "" {
			name += " " + s.When
		}
		if _, known := of[knows]; !known {
			who = append(who, knows)
		}
		if !slices.Contains(of[knows], name) {
			of[knows] = append(of[knows], name)
		}
	}
	if _, some := of[nobody]; some { // they come last
		who = append(slices.DeleteFunc(who, func(w string) bool { return w == nobody }), nobody)
	}
	if !slices.ContainsFunc(who, func(w string) bool { return w != holders && w != nobody }) {
		return ""
	}
	if len(who) == 1 {
		return "Σ: " + who[0] + " it"
	}
	told := make([]string, len(who))
	for i, w := range who {
		told[i] = w + " " + strings.Join(of[w], ", ")
	}
	return "Σ: " + strings.Join(told, "; ")
}

// sharingWords explains what is told of operations on shares.
func sharingWords() []screen.Word {
	return []screen.Word{
		{Term: "share", Meaning: "a summand of a value: all shares add up to it mod 2^64, all but one say nothing; [x] means the shares of x"},
		{Term: "holder", Meaning: "a party that has a share of every value and computes on shares; all holders together could add them up"},
		{Term: "dealer", Meaning: "hands out shares of random numbers before they are needed, and sees no data; it must help no holder"},
		{Term: "Σ mod 2⁶⁴", Meaning: "what the shares add up to: for eyes that see everything, a view that exists nowhere in reality; → a number with its fraction bits"},
		{Term: "mask", Meaning: "a uniform random number used once: x − a is uniform too, so it may be opened"},
		{Term: "a, b, c", Meaning: "a Beaver triple: shares of random a and b and of their product c, dealt for one multiplication"},
		{Term: "d, e", Meaning: "d = x − a and e = y − b, opened: x·y = c + d·b + a·e + d·e, and each holder computes its share of that alone"},
		{Term: "truncation", Meaning: "cutting the fraction after a product: x + r is opened and cut, then the cut r is taken off on shares; the last bit may be off by one"},
		{Term: "comparison", Meaning: "finding the sign of x on shares: c = x + r is opened and compared with the hidden r digit by digit, all in masked bits"},
		{Term: "δ", Meaning: "bits of the comparison under random bits of their own, opened: each is as likely 0 as 1"},
		{Term: "m, ρ", Meaning: "m = sign ⊕ ρ is opened; ρ is a random bit nobody knows, so neither is the sign"},
		{Term: "opened", Meaning: "all shares were sent to all holders: everybody there knows it; the ledger (L) says why that may be"},
	}
}
