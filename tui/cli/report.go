package cli

import (
	"fmt"

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

type epochDocument struct {
	Epoch         int    `json:"epoch"`
	TrainLoss     number `json:"train_loss"`
	TrainAccuracy number `json:"train_accuracy"`
	TestLoss      number `json:"test_loss"`
	TestAccuracy  number `json:"test_accuracy"`
	Seconds       number `json:"seconds"`
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

// dealer is the party that deals out correlated randomness, where there is one.
const dealer = "dealer"

type privacyDocument struct {
	DP      string  `json:"dp"`
	Epsilon *number `json:"epsilon"`
	Delta   *number `json:"delta"`
}

// document is the outcome as JSON.
func (t *training) document(result *engine.Result) runDocument {
	d, final := t.session.Dataset(), result.Final()
	doc := runDocument{
		Mode:     t.scenario.Mode,
		Data:     dataDocument{d.Set.Table.Source, d.Set.Len(), d.Features(), len(d.Split.Train), len(d.Split.Test)},
		Settings: t.inForce(),
		Epochs:   epochDocuments(result.History),
		Final: finalDocument{
			number(final.Train.Loss), number(final.Train.Accuracy),
			number(final.Test.Loss), number(final.Test.Accuracy), number(final.Test.AUC),
		},
		Cost: costDocument{
			Seconds: number(result.Seconds), Rounds: result.Cost.Rounds, Messages: result.Cost.Messages, Bytes: result.Cost.Bytes,
			BytesPerParty: result.Cost.Sent, DealerBytes: result.Cost.Sent[dealer],
		},
		Privacy: privacyDocument{DP: "off"},
	}
	doc.Baseline.Accuracy = number(t.session.Baseline().Accuracy)
	doc.Weights.SHA256 = result.SHA256
	return doc
}

// epochDocuments leaves out the model before training.
func epochDocuments(h engine.History) []epochDocument {
	list := []epochDocument{}
	for _, e := range h.Epochs[1:] {
		list = append(list, epochDocument{
			e.Epoch, number(e.Train.Loss), number(e.Train.Accuracy),
			number(e.Test.Loss), number(e.Test.Accuracy), number(e.Seconds),
		})
	}
	return list
}

// csv writes the table of epochs.
func (t *training) csv(result *engine.Result) error {
	var rows [][]string
	for _, e := range epochDocuments(result.History) {
		row := []string{fmt.Sprint(e.Epoch)}
		for _, n := range []number{e.TrainLoss, e.TrainAccuracy, e.TestLoss, e.TestAccuracy, e.Seconds} {
			row = append(row, n.String())
		}
		rows = append(rows, row)
	}
	return writeCSV(t, []string{"epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds"}, rows)
}
