package engine

import (
	"context"
	"errors"

	"unseen/engine/lab"
	"unseen/engine/rng"
)

func activationLab() Lab {
	return Lab{Name: "activation", Title: "Activation and precision",
		About: "What ReLU, a square and a hard sigmoid cost on shares, how many bits they need, and where they overflow.",
		Modes: []string{Encrypted}, Controls: lab.ActivationControls(),
		run: func(ctx context.Context, q LabRequest) (*lab.Report, error) {
			show := func(r *lab.Report, done, of int) {
				if q.Partial != nil {
					q.Partial(r)
				}
				if q.Progress != nil {
					q.Progress(Progress{Done: done, Total: of})
				}
			}
			return onRows(func(ctx context.Context, v lab.Values, holders int, training, test lab.Rows, key rng.Key) (*lab.Report, error) {
				return lab.Activation(ctx, v, q.Scenario.Network.Hidden, holders, training, test, key, show)
			})(ctx, q)
		}}
}

// onRows hands a lab the scaled training rows, and the test rows to decide about:
// without any, the training rows once more. How many hold shares is the scenario's.
func onRows(f func(context.Context, lab.Values, int, lab.Rows, lab.Rows, rng.Key) (*lab.Report, error)) func(context.Context, LabRequest) (*lab.Report, error) {
	return func(ctx context.Context, q LabRequest) (*lab.Report, error) {
		d, err := Prepare(q.Scenario, q.Set)
		if err != nil {
			return nil, err
		}
		if len(d.Set.Classes) != 2 {
			return nil, errors.New("the lab decides between two classes")
		}
		x, n := d.Scaling.Apply(d.Set.X).Float64s(), d.Features()
		rows := func(index []int) (out lab.Rows) {
			for _, r := range index {
				out.X, out.Y = append(out.X, x[r*n:(r+1)*n]), append(out.Y, d.Set.Y[r])
			}
			return out
		}
		training, test := rows(d.Split.Train), rows(d.Split.Test)
		if len(test.X) == 0 {
			test = training
		}
		return f(ctx, q.Values, q.Scenario.Shares.Holders, training, test, rng.Seeded(q.Scenario.Seed).Party("lab"))
	}
}
