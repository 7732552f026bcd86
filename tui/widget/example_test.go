package widget_test

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"unseen/tui/theme"
	"unseen/tui/widget"
)

func ExamplePane() {
	p := widget.Pane{Title: "Messages", Right: "21 kB", W: 32, H: 4}
	lines := p.Render(theme.New(true), []string{"1→2  d, e", "1→3  d, e"})
	fmt.Println(ansi.Strip(strings.Join(lines, "\n")))
	// Output:
	// ╭ Messages ───────────── 21 kB ╮
	// │ 1→2  d, e                    │
	// │ 1→3  d, e                    │
	// ╰──────────────────────────────╯
}

func ExampleMatrix() {
	m := widget.Matrix{
		Rows: 2, Cols: 3, CursorR: -1, CursorC: -1, MarkRow: 1, MarkCol: -1,
		At: func(r, c int) float64 { return float64(r) - float64(c)/2 },
	}
	for _, l := range m.Render(theme.New(true), 30, 3) {
		fmt.Println(strings.TrimRight(ansi.Strip(l), " "))
	}
	// Output:
	//           0        1        2
	//  0   0.0000  -0.5000  -1.0000
	// ▸1   1.0000   0.5000   0.0000
}
