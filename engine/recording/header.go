package recording

import (
	"bytes"
	"encoding/json"
	"slices"

	"unseen/data"
	"unseen/engine"
	"unseen/engine/trace"
)

// header is the first frame, as JSON.
type header struct {
	Command  string          `json:"command,omitempty"` // that makes the same run
	Scenario engine.Scenario `json:"scenario"`
	Initial  json.RawMessage `json:"initial_weights,omitempty"` // given ones, as engine.WriteWeights writes them
	Data     origin          `json:"data"`
	Parties  []participant   `json:"parties"`
	Levels   []string        `json:"levels"`         // at which one can stop, coarse to fine
	Total    int             `json:"total"`          // events of the whole run
	Away     bool            `json:"away,omitempty"` // steps say which workers have left
}

// origin says where the rows are from.
type origin struct {
	Source string `json:"source"`
	SHA256 string `json:"sha256"` // of the file
	Rows   int    `json:"rows"`   // in use
}

type participant struct {
	ID     string `json:"id"`
	Number int    `json:"number"`
	Role   string `json:"role"`
}

// end is the last frame, as JSON.
type end struct {
	Steps   int    `json:"steps"` // events
	Tensors int    `json:"tensors"`
	Digest  uint64 `json:"digest,string"`
}

// describe makes the header of a run.
func describe(s engine.Stepper, first *engine.Snapshot, command string) (*header, error) {
	set := s.Dataset().Set
	h := &header{
		Command: command, Scenario: s.Scenario(), Total: first.Total,
		Data: origin{set.Table.Source, set.Table.SHA256, set.Len()}, Away: s.Scenario().Mode == engine.SecureAggregation,
	}
	if initial := h.Scenario.Network.Initial; initial != nil {
		var text bytes.Buffer
		if err := engine.WriteWeights(&text, *initial); err != nil {
			return nil, err
		}
		h.Initial, h.Scenario.Network.Initial = text.Bytes(), nil
	}
	for _, p := range first.Parties {
		h.Parties = append(h.Parties, participant{p.ID, p.Number, p.Role})
	}
	for _, l := range s.Levels() {
		h.Levels = append(h.Levels, l.String())
	}
	return h, nil
}

// private reports whether the run has privacy.
func (h *header) private() bool { return h.Scenario.Privacy.DP != engine.NoNoise }

// decodeHeader reads a header and checks the scenario.
func decodeHeader(text []byte) (*header, error) {
	h := &header{}
	if err := json.Unmarshal(text, h); err != nil {
		return nil, damaged("its header is no JSON")
	}
	// Settings that came after the recording was made have their defaults.
	if s, err := engine.Default(h.Scenario.Mode, h.Scenario.Recipe); err == nil {
		h = &header{Scenario: s}
		if err := json.Unmarshal(text, h); err != nil {
			return nil, damaged("its header is no JSON")
		}
	}
	if h.Initial != nil {
		w, err := engine.ReadWeights(bytes.NewReader(h.Initial))
		if err != nil {
			return nil, damaged("its initial weights: %v", err)
		}
		h.Scenario.Network.Initial = &w
	}
	if err := h.Scenario.Check(); err != nil {
		return nil, &Error{What: "the recording is of a run this unseen does not know: " + err.Error(), Mend: "open it with the unseen that wrote it"}
	}
	if len(h.Parties) == 0 {
		return nil, damaged("nobody takes part")
	}
	return h, nil
}

// levels returns the levels of the header that are known.
func (h *header) levels() []trace.Level {
	var list []trace.Level
	for _, l := range trace.Levels() {
		if slices.Contains(h.Levels, l.String()) {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return trace.Levels()
	}
	return list
}

// encodeTable writes the rows with all that is known about their columns.
func encodeTable(t *data.Table) ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return deflate(text)
}

// decodeTable reads the rows and makes numbers of them.
func decodeTable(packed []byte) (*data.Set, error) {
	text, err := inflate(packed)
	if err != nil {
		return nil, err
	}
	t := &data.Table{}
	if err := json.Unmarshal(text, t); err != nil {
		return nil, damaged("its rows are no JSON")
	}
	for _, r := range t.Records {
		if len(r.Fields) != len(t.Columns) {
			return nil, damaged("a row has %d fields of %d", len(r.Fields), len(t.Columns))
		}
	}
	set, err := t.Encode()
	if err != nil {
		return nil, damaged("its rows: %v", err)
	}
	return set, nil
}
