package labs

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"unseen/engine"
	"unseen/tui/screen"
)

// modeField is the name of the field that chooses the way to train.
const modeField = "mode"

// field is one line of a form.
type field struct {
	engine.LabControl
	value string
}

// newForm makes the form of a lab: the way to train, where there is a choice, and
// its controls.
func newForm(l engine.Lab) []field {
	var form []field
	if len(l.Modes) > 1 {
		form = append(form, field{engine.LabControl{Name: modeField, Usage: "the way to train", Kind: engine.LabChoice, Choices: l.Modes}, l.Modes[0]})
	}
	for _, c := range l.Controls {
		start := c.Default
		if c.Explore != "" {
			start = c.Explore
		}
		form = append(form, field{c, start})
	}
	return form
}

// values reads a form; mode is empty where there is no choice.
func values(form []field) (v engine.LabValues, mode string) {
	v = engine.LabValues{}
	for _, f := range form {
		if f.Name == modeField {
			mode = f.value
			continue
		}
		v[f.Name] = f.value
	}
	return v, mode
}

// many reports whether several of the choices can be taken.
func (f *field) many() bool { return f.Kind == engine.LabList }

// turn takes the next choice, or a number one larger or smaller. What would not
// pass the check stays.
func (f *field) turn(by int) {
	switch {
	case f.many(): // one after the other, and then all of them
		list := append(slices.Clone(f.Choices), strings.Join(f.Choices, ","))
		i := slices.Index(list, f.value)
		if i < 0 && by < 0 {
			i = 0
		}
		f.value = list[(i+by+len(list))%len(list)]
		return
	case len(f.Choices) > 0:
		i := slices.Index(f.Choices, f.value)
		f.value = f.Choices[(i+by+len(f.Choices))%len(f.Choices)]
		return
	}
	next := ""
	if n, err := strconv.ParseInt(f.value, 10, 64); err == nil {
		next = strconv.FormatInt(n+int64(by)*stride(n), 10)
	} else if x, err := strconv.ParseFloat(f.value, 64); err == nil {
		next = strconv.FormatFloat(x+float64(by)*0.25, 'g', 6, 64)
	}
	if next != "" && f.Check(next) == nil {
		f.value = next
	}
}

// stride is by how much a number changes: by one, or where it is large by a step
// that is seen.
func stride(n int64) int64 {
	step := int64(1)
	for n/step >= 100 {
		step *= 10
	}
	return step
}

// typing is a value being typed or, of a field that takes many choices, ticked.
type typing struct {
	*field
	text, problem string
	tick          int // the choice that is looked at
}

// ticked lists the choices that are taken.
func (q *typing) ticked() []string {
	return strings.FieldsFunc(q.text, func(r rune) bool { return r == ',' || r == ' ' })
}

// toggle takes the choice that is looked at, or leaves it, in the order of the choices.
func (q *typing) toggle() {
	taken, choice := q.ticked(), q.Choices[q.tick]
	if i := slices.Index(taken, choice); i >= 0 {
		taken = slices.Delete(taken, i, i+1)
	} else {
		taken = append(taken, choice)
	}
	slices.SortFunc(taken, func(a, b string) int { return slices.Index(q.Choices, a) - slices.Index(q.Choices, b) })
	q.text = strings.Join(taken, ",")
}

// tickKey handles a key while choices are ticked; it reports whether the key was one.
func (q *typing) tickKey(k screen.Typed) bool {
	switch {
	case !q.many():
		return false
	case k.Key == "left", k.Key == "up":
		q.tick = max(q.tick-1, 0)
	case k.Key == "right", k.Key == "down", k.Key == "tab":
		q.tick = min(q.tick+1, len(q.Choices)-1)
	case k.Key == "home":
		q.tick = 0
	case k.Key == "end":
		q.tick = len(q.Choices) - 1
	case k.Text == " ":
		q.toggle()
	default:
		return k.Key != "enter" && k.Key != "esc" && k.Key != "ctrl+u" // nothing is typed here
	}
	return true
}

// longest is how many bytes of a value are taken.
const longest = 40

func (l *Labs) typed(k screen.Typed) tea.Cmd {
	q := l.asking
	if q == nil {
		return nil
	}
	q.problem = ""
	if q.tickKey(k) {
		return nil
	}
	switch k.Key {
	case "enter":
		text := strings.TrimSpace(q.text)
		if err := q.Check(text); err != nil {
			q.problem = mend(err)
			return nil
		}
		l.asking = nil
		if q.field.value != text {
			q.field.value = text
			return l.changed(q.field)
		}
	case "esc":
		l.asking = nil
	default:
		q.text = k.Edit(q.text, longest)
	}
	return nil
}

// mend is the half of an error that says what to do.
func mend(err error) string {
	if _, how, ok := strings.Cut(err.Error(), "; "); ok {
		return how
	}
	return err.Error()
}
