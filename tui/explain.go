package tui

import (
	"strings"

	"unseen/tui/theme"
	"unseen/tui/widget"
)

// explained lays out an explanation in lines of width w: headings, paragraphs, which
// are wrapped, and formulas, which are indented and stay as they are.
func explained(t theme.Theme, text string, w int) []string {
	var lines, paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			lines = append(lines, widget.Wrap(strings.Join(paragraph, " "), w)...)
			paragraph = nil
		}
	}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		heading := strings.TrimLeft(l, "#")
		switch {
		case l == "":
			flush()
			lines = append(lines, "")
		case strings.HasPrefix(l, "    "):
			flush()
			lines = append(lines, t.Accent.Render(l))
		case heading != l:
			flush()
			lines = append(lines, t.Title.Render(strings.TrimSpace(heading)))
		default:
			paragraph = append(paragraph, l)
		}
	}
	flush()
	return lines
}
