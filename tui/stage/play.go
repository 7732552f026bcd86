package stage

import (
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"
)

// play is stepping by itself.
type play struct {
	on    bool
	speed int       // index into speeds
	run   int       // counts starts, so that ticks of an earlier one mean nothing
	beat  time.Time // when the last tick was due
	late  bool      // a beat came while the step before it ran: its own begins right after
}

// debt is how far behind its beats a play may be and still catch up: a moment in which
// the machine did something else costs no step, and after a long one it does not race.
const debt = 100 * time.Millisecond

// speeds in steps a second.
var speeds = [...]int{1, 2, 5, 10, 30, 60}

// String is how fast it plays, as the footer says it: "5/s".
func (p play) String() string { return strconv.Itoa(speeds[min(p.speed, len(speeds)-1)]) + "/s" }

// tick says that the next step of a play is due.
type tick struct {
	stage *Stage
	run   int
}

func (s *Stage) togglePlay() tea.Cmd {
	s.play.on = !s.play.on && s.all.Step < s.all.Total
	if !s.play.on {
		return nil
	}
	s.play.run++
	s.play.late = false
	s.play.beat = time.Now()
	return s.due()
}

func (s *Stage) faster(by int) tea.Cmd {
	s.play.speed = min(max(s.play.speed+by, 0), len(speeds)-1)
	s.notice = "play at " + s.play.String()
	return nil
}

// due asks for the next tick: one beat after the last one was due, however long its
// step took; where that is over already, at once.
func (s *Stage) due() tea.Cmd {
	run, now := s.play.run, time.Now()
	s.play.beat = s.play.beat.Add(time.Second / time.Duration(speeds[s.play.speed]))
	if s.play.beat.Before(now.Add(-debt)) {
		s.play.beat = now.Add(-debt)
	}
	return tea.Tick(s.play.beat.Sub(now), func(time.Time) tea.Msg { return tick{s, run} })
}

func (s *Stage) tick(t tick) tea.Cmd {
	if t.stage != s || !s.play.on || t.run != s.play.run {
		return nil
	}
	if s.work.job != nil { // the last step still runs
		s.play.late = true
		return nil
	}
	return tea.Batch(s.advance(), s.due())
}

// resume asks for the beat that had to wait, if one did.
func (s *Stage) resume() tea.Cmd {
	if !s.play.late || !s.play.on || s.work.job != nil {
		return nil
	}
	s.play.late = false
	return tea.Batch(s.advance(), s.due())
}
