package engine

import (
	"context"

	"unseen/engine/trace"
)

// Reading is a value as it was when it came about, as the eyes that look know it.
type Reading struct {
	Object Object
	Whole  trace.Value // of a share what every party has of it, for the eyes that see everything; else without parts
}

// Read returns the numbers of a value and of what it was made from, by source: those that
// were in memory around the step that made it, or came in a message. What the eyes do not
// know is not among them. near, which may be nil, is a snapshot to share memory with.
// The error is that of going through the run, see [Session].
func (p *Provenance) Read(ctx context.Context, s Stepper, near *Snapshot, eyes string) (map[Source]Reading, error) {
	const most = 4 // steps to look at beside these two
	found := map[Source]Reading{}
	all := append([]Source{p.Of}, p.Inputs...)
	look := func(step int) error {
		at, err := Peek(ctx, s, step, near)
		if err != nil {
			return err
		}
		if eyes != "" {
			at = at.As(eyes)
		}
		for _, of := range all {
			if _, ok := found[of]; ok {
				continue
			}
			if r, ok := at.reading(of); ok {
				found[of] = r
			}
		}
		return nil
	}
	steps := []int{p.Of.Step}
	if p.Of.Step > 0 {
		steps = append(steps, p.Of.Step-1)
	}
	for _, step := range steps {
		if err := look(step); err != nil {
			return nil, err
		}
	}
	if _, ok := found[p.Of]; !ok && p.Of.Step < near.Total { // what is put together after a step is in memory from the next one on
		if err := look(p.Of.Step + 1); err != nil {
			return nil, err
		}
	}
	looked := 0
	for _, of := range all { // what came in a message that is in no memory any more
		if _, ok := found[of]; ok || looked == most {
			continue
		}
		looked++
		if err := look(of.Step); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// reading finds a value in a party's memory, or in the message of the last event.
func (s *Snapshot) reading(of Source) (Reading, bool) {
	if o, ok := s.memory(of.Party).Object(of.Name); ok && o.Step == of.Step {
		r := Reading{Object: o}
		if whole, ok := s.Shared(of.Name); ok && s.Eyes == "" && o.Form == trace.Share && len(whole.Parts) > 1 {
			r.Whole = whole
		}
		return r, true
	}
	if s.Event == nil || s.Step != of.Step {
		return Reading{}, false
	}
	for _, v := range s.Event.Outputs {
		for _, part := range v.Parts {
			if v.Name == of.Name && part.Party == of.Party {
				return Reading{Object: Object{Name: v.Name, Form: v.Form, Fraction: v.Fraction, Data: part.Data, Step: s.Step, Origin: of.Origin}}, true
			}
		}
	}
	return Reading{}, false
}
