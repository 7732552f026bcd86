package stage

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/tui/screen"
	"unseen/tui/widget"
)

// question is a line of text being typed in the footer.
type question struct {
	prompt, text, problem string
	live                  func(text string)            // told every change; may be nil
	done                  func(*Stage, string) tea.Cmd // may set problem and keep asking
}

// longest is how many bytes of text a question takes.
const longest = 60

func newGoTo() *question {
	q := &question{prompt: "go to step, or epoch as e3: "}
	q.done = func(s *Stage, text string) tea.Cmd {
		job, problem := s.destination(strings.TrimSpace(text))
		if q.problem = problem; problem != "" {
			return nil
		}
		s.asking = nil
		return s.start(job)
	}
	return q
}

// newFilter asks for letters and filters as they are typed.
func newFilter(prompt string, filter *string) *question {
	return &question{
		prompt: prompt, text: *filter,
		live: func(text string) { *filter = text },
		done: func(s *Stage, _ string) tea.Cmd { s.asking = nil; return nil },
	}
}

// destination reads where to go: "8412", "8,412", "e3".
func (s *Stage) destination(text string) (job, string) {
	total := s.view.scene.Snapshot.Total
	if number, isEpoch := strings.CutPrefix(strings.ToLower(text), "e"); isEpoch {
		epochs := s.view.scene.Epochs()
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > epochs {
			return job{}, "epochs go from e0 (after setting up) to e" + strconv.Itoa(epochs)
		}
		return toEpoch(n), ""
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		return job{}, "a number, as 8412, or an epoch, as e3"
	}
	if n < 0 || n > total {
		return job{}, "steps go from 0 to " + widget.Count(total)
	}
	return seek(n, "going to step "+widget.Count(n)), ""
}

func (s *Stage) typed(t screen.Typed) tea.Cmd {
	q := s.asking
	if q == nil {
		return nil
	}
	q.problem = ""
	switch t.Key {
	case "enter":
		return q.done(s, q.text)
	case "esc":
		if q.live != nil {
			q.live("")
		}
		s.asking = nil
		return nil
	}
	q.text = t.Edit(q.text, longest)
	if q.live != nil {
		q.live(q.text)
	}
	return nil
}
