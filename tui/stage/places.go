package stage

import (
	"fmt"

	"unseen/tui/say"
	"unseen/tui/screen"
)

// shown asks a stage to show an object of the memory that is looked at.
type shown struct {
	on     *Stage // all stages get to see it
	object string
}

// Places lists the objects of the memory that is looked at, as the eyes see it: of a
// memory that they do not know there are none.
func (s *Stage) Places() []screen.Place {
	v := &s.view
	who := v.party()
	var list []screen.Place
	for _, o := range who.Memory.Objects {
		shape := o.Data.Shape()
		list = append(list, screen.Place{Name: o.Name, Go: shown{s, o.Name},
			About: fmt.Sprintf("%s, %d×%d, in %s memory", v.scene.Kind(o.Name, o.Form), shape[0], shape[1], say.Whose(who.ID))})
	}
	return list
}

// showObject brings an object of the memory before the eyes: with the list that it is in,
// and its numbers.
func (s *Stage) showObject(name string) {
	p := s.panes[inspectorPane].(*inspector)
	p.filter = ""
	if p.look == lookOrigin {
		p.look = lookNumbers
	}
	p.object, p.row, p.col = name, 0, 0
	s.page, s.sheet = nil, nil
	s.focusOn(inspectorPane)
	s.full = s.full || s.present != nil // there are no panes beside the sentence
}
