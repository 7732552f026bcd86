package tui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/engine/trace"
	"unseen/tui/charts"
	"unseen/tui/compare"
	"unseen/tui/key"
	"unseen/tui/labs"
	"unseen/tui/rows"
	"unseen/tui/screen"
	"unseen/tui/stage"
	"unseen/tui/theme"
	"unseen/tui/widget"
)

// command returns the command that opens what is on the screen, or nothing where
// nobody said how runs are written.
func (d *desk) command(s screen.Screen) string {
	if d.options.Command == nil {
		return ""
	}
	scenario, at := d.options.Scenario, d.place(s)
	switch s := s.(type) {
	case *stage.Stage:
		for mode, known := range d.stages {
			if known != s {
				continue
			}
			var err error
			if scenario, err = d.scenario(mode); err != nil {
				return ""
			}
		}
	case *charts.Charts:
		scenario = s.First()
	}
	text := d.options.Command(scenario)
	if text == "" {
		return ""
	}
	if d.options.Present {
		text += " --present"
	}
	return text + at.String()
}

// place says where a screen stands, so that the explorer can open there.
func (d *desk) place(s screen.Screen) Start {
	var at Start
	switch s := s.(type) {
	case *stage.Stage:
		step, zoom, eyes := s.Place()
		at.Step, at.Eyes, at.Breaks = step, eyes, s.Breaks()
		if zoom != trace.Operation {
			at.Zoom = &zoom
		}
	case *rows.Rows:
		at.Screen = screen.Data
	case *charts.Charts:
		at.Screen = screen.Charts
	case *compare.Compare:
		at.Screen = screen.Compare
	case *labs.Labs:
		at.Screen = screen.Labs
	default:
		at.Screen = screen.Home
	}
	if s, ok := s.(screen.Stateful); ok {
		at.Open = s.State()
	}
	return at
}

// String writes the flags that open the explorer there, each after a blank.
func (s Start) String() string {
	var b strings.Builder
	flag := func(name, value string) { b.WriteString(" --" + name + " " + ShellWord(value)) }
	if s.Screen != "" {
		flag("screen", s.Screen)
	}
	if s.Step > 0 {
		flag("step", strconv.Itoa(s.Step))
	}
	if s.Zoom != nil {
		flag("zoom", s.Zoom.String())
	}
	if s.Eyes != "" {
		flag("eyes", s.Eyes)
	}
	for _, text := range s.Breaks {
		flag("break", text)
	}
	if len(s.Open) > 0 {
		flag("open", s.Open.String())
	}
	return b.String()
}

// CheckBreak reports what is wrong with a breakpoint in writing.
func CheckBreak(text string) error { return stage.CheckBreak(text) }

// PossibleBreak reports that a breakpoint in writing can never be met in a run.
func PossibleBreak(text string, run engine.Stepper) error { return stage.PossibleBreak(text, run) }

// ShellWord quotes a word if a shell would read it otherwise.
func ShellWord(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-+=./,:@%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// copied asks the root to put text into the terminal's clipboard.
type copied struct{ text string }

func (r *root) copy(c copied) tea.Cmd {
	r.remark = "the command is in the clipboard, if the terminal lets programs write there"
	return tea.SetClipboard(c.text)
}

// commandLine is the overlay that shows the command which opens what is on the screen.
type commandLine struct{ text string }

func (c *commandLine) typing() bool                       { return false }
func (c *commandLine) typed(screen.Typed) (bool, tea.Msg) { return false, nil }

func (c *commandLine) handle(i key.Intent) (closed bool, chosen tea.Msg) {
	switch i {
	case key.Command, key.Choose:
		if c.text == "" {
			return true, nil
		}
		return true, copied{c.text}
	case key.Cancel, key.Leave, key.Help:
		return true, nil
	}
	return false, nil
}

func (c *commandLine) lines(t theme.Theme, w, h int) []string {
	w = min(w, 84)
	if c.text == "" {
		return widget.Box(t, "The command for this place", w, append(widget.Wrap("This run has no command of its own: it is another way to train than the one in the recording.", w-4),
			"", t.Dim.Render("esc closes")))
	}
	body := widget.Wrap("Paste it into a shell and it opens here, on the same run:", w-4)
	body = append(body, "")
	lines := shellLines(c.text, w-4)
	for _, l := range lines {
		body = append(body, t.Strong.Render(l))
	}
	return widget.Box(t, "The command for this place", w, append(body, "", t.Dim.Render("y copies it · esc closes")))
}

// shellLines breaks a command between words; a shell reads the lines as one.
func shellLines(text string, w int) []string {
	var out []string
	line := ""
	for _, word := range shellWords(text) {
		switch {
		case line == "":
			line = word
		case widget.Width(line)+1+widget.Width(word)+2 > w:
			out = append(out, line+` \`)
			line = "  " + word
		default:
			line += " " + word
		}
	}
	return append(out, line)
}

// shellWords cuts a command at the blanks that stand outside quotes; a flag and its
// value stay together.
func shellWords(text string) []string {
	var out []string
	word, quoted := "", false
	for _, r := range text {
		if r == '\'' {
			quoted = !quoted
		}
		if r == ' ' && !quoted {
			out = append(out, word)
			word = ""
			continue
		}
		word += string(r)
	}
	out = append(out, word)
	for i := 1; i < len(out); i++ {
		if strings.HasPrefix(out[i-1], "--") && !strings.Contains(out[i-1], " ") && !strings.HasPrefix(out[i], "--") {
			out[i-1] += " " + out[i]
			out = append(out[:i], out[i+1:]...)
		}
	}
	return out
}
