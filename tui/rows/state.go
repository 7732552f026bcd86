package rows

import (
	"strconv"

	"unseen/tui/screen"
)

var tabWords = []string{"rows", "person", "summary"}

// State says what of the data is looked at.
func (r *Rows) State() screen.State { return r.fields().State() }

// Restore shows what a state says.
func (r *Rows) Restore(s screen.State) error { return r.fields().Restore(s) }

func (r *Rows) fields() screen.Fields {
	row := screen.Field{Name: "row", // as the screen counts them, from 1
		Get: func() []string {
			if r.row == 0 {
				return nil
			}
			return []string{strconv.Itoa(r.row + 1)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: "row", Value: value}, 1, r.dataset.Set.Len())
			r.row = n - 1
			return err
		}}
	column := screen.Field{Name: "column", // the first one shown
		Get: func() []string {
			if r.left == 0 {
				return nil
			}
			return []string{strconv.Itoa(r.left + 1)}
		},
		Set: func(value string) error {
			n, err := screen.Whole(screen.Detail{Name: "column", Value: value}, 1, len(r.dataset.Set.Table.Columns))
			r.left = n - 1
			return err
		}}
	return screen.Fields{screen.Choice("tab", tabWords, &r.tab), screen.Text("find", &r.filter), row, column, screen.Number("feature", &r.feature)}
}
