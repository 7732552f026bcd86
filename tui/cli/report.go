package cli

import (
	"fmt"
	"io"
	"strings"

	"unseen/engine"
)

// runDocument is a training as JSON.
type runDocument struct {
	Mode     string          `json:"mode"`
	Data     dataDocument    `json:"data"`
	Settings object          `json:"settings"`
	Epochs   []epochDocument `json:"epochs"`
	Final    finalDocument   `json:"final"`
	Baseline struct {
		Accuracy number `json:"majority_accuracy"`
	} `json:"baseline"`
	Cost    costDocument    `json:"cost"`
	Secure  *secureDocument `json:"secure_aggregation,omitempty"`
	Shares  *sharesDocument `json:"shares,omitempty"`
	Privacy privacyDocument `json:"privacy"`
	Weights struct {
		SHA256 string `json:"sha256"`
	} `json:"weights"`
}

type dataDocument struct {
	Source   string `json:"source"`
	Rows     int    `json:"rows"`
	Features int    `json:"features"`
	Train    int    `json:"train"`
	Test     int    `json:"test"`
}

// epochDocument is an epoch or, with the mean loss of each local epoch, a server
// round.
type epochDocument struct {
	Epoch         int            `json:"epoch"`
	TrainLoss     number         `json:"train_loss"`
	TrainAccuracy number         `json:"train_accuracy"`
	TestLoss      number         `json:"test_loss"`
	TestAccuracy  number         `json:"test_accuracy"`
	LocalLoss     []number       `json:"local_loss,omitempty"`
	Epsilon       *number        `json:"epsilon,omitempty"`
	Round         *roundDocument `json:"aggregation,omitempty"`
	Seconds       number         `json:"seconds"`
}

type finalDocument struct {
	TrainLoss     number `json:"train_loss"`
	TrainAccuracy number `json:"train_accuracy"`
	TestLoss      number `json:"test_loss"`
	TestAccuracy  number `json:"test_accuracy"`
	TestAUC       number `json:"test_auc"`
}

type costDocument struct {
	Seconds       number           `json:"seconds"`
	Rounds        int64            `json:"rounds"`
	Messages      int64            `json:"messages"`
	Bytes         int64            `json:"bytes"`
	BytesPerParty map[string]int64 `json:"bytes_per_party"`
	DealerBytes   int64            `json:"dealer_bytes"`
}

// What bytes_per_party calls parties that are not called by their ids: the one
// that deals out correlated randomness, where there is one, and all together who
// own rows and hold no shares.
const (
	dealer = "dealer"
	owners = "owners"
)

// document is a run as JSON.
func (r *request) document(run engine.Run) runDocument {
	d, result := run.Dataset, run.Result
	final := result.Final()
	doc := runDocument{
		Mode:     run.Scenario.Mode,
		Data:     dataDocument{r.called(d.Set.Table), d.Set.Len(), d.Features(), len(d.Split.Train), len(d.Split.Test)},
		Settings: r.inForce(run),
		Epochs:   epochDocuments(result),
		Final: finalDocument{
			number(final.Train.Loss), number(final.Train.Accuracy),
			number(final.Test.Loss), number(final.Test.Accuracy), number(final.Test.AUC),
		},
		Cost: costDocument{
			Seconds: number(result.Seconds), Rounds: result.Cost.Rounds, Messages: result.Cost.Messages, Bytes: result.Cost.Bytes,
			BytesPerParty: perParty(run), DealerBytes: result.Cost.Sent[dealer],
		},
		Secure:  newSecureDocument(run),
		Privacy: privacyOf(run), Shares: newSharesDocument(run.Result.Shares),
	}
	doc.Baseline.Accuracy = number(run.Baseline.Accuracy)
	doc.Weights.SHA256 = result.SHA256
	return doc
}

// perParty returns the bytes that each party sent, the owners of rows together.
func perParty(run engine.Run) map[string]int64 {
	own := map[string]bool{}
	for _, w := range run.Dataset.Workers {
		own[w.ID()] = run.Scenario.Mode != engine.Central
	}
	if shares := run.Result.Shares; shares != nil {
		for _, id := range shares.Holders {
			own[id] = false // they count by themselves
		}
	}
	sent := map[string]int64{}
	for id, n := range run.Result.Cost.Sent {
		if own[id] {
			id = owners
		}
		sent[id] += n
	}
	return sent
}

// epochDocuments leaves out the model before training.
func epochDocuments(result *engine.Result) []epochDocument {
	list := []epochDocument{}
	for _, e := range result.History.Epochs[1:] {
		doc := epochDocument{
			Epoch: e.Epoch, TrainLoss: number(e.Train.Loss), TrainAccuracy: number(e.Train.Accuracy),
			TestLoss: number(e.Test.Loss), TestAccuracy: number(e.Test.Accuracy), Seconds: number(e.Seconds),
			Round: newRoundDocument(e.Round),
		}
		for _, loss := range e.LocalLoss {
			doc.LocalLoss = append(doc.LocalLoss, number(loss))
		}
		if result.Privacy != nil {
			epsilon := number(e.Epsilon)
			doc.Epsilon = &epsilon
		}
		list = append(list, doc)
	}
	return list
}

// writeEpochs writes the table of epochs as CSV, local losses with | between; with
// privacy, what training has cost so far.
func writeEpochs(w io.Writer, run engine.Run) error {
	heads := []string{"epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"}
	local, secure := run.Scenario.ServerRounds(), run.Scenario.Mode == engine.SecureAggregation
	if local {
		heads = append(heads, "local_loss")
	}
	if run.Result.Privacy != nil {
		heads = append(heads, "epsilon")
	}
	if secure {
		heads = append(heads, "delivered", "clipped")
	}
	var rows [][]string
	for _, e := range epochDocuments(run.Result) {
		row := []string{fmt.Sprint(e.Epoch)}
		for _, n := range []number{e.TrainLoss, e.TrainAccuracy, e.TestLoss, e.TestAccuracy} {
			row = append(row, n.String())
		}
		if local {
			var losses []string
			for _, n := range e.LocalLoss {
				losses = append(losses, n.String())
			}
			row = append(row, strings.Join(losses, "|"))
		}
		if e.Epsilon != nil {
			row = append(row, e.Epsilon.String())
		}
		if secure {
			row = append(row, fmt.Sprint(e.Round.Delivered), fmt.Sprint(e.Round.Clipped))
		}
		rows = append(rows, append(row, e.Seconds.String()))
	}
	return writeCSV(w, append(heads, "seconds"), rows)
}
