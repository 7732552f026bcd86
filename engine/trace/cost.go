package trace

// Cost counts what a protocol has sent so far. Computing costs no rounds and no
// bytes; time is measured elsewhere, by whoever runs the protocol.
type Cost struct {
	Rounds   int64            // exchanges in which parties waited for each other
	Messages int64            // one for each sender and receiver
	Bytes    int64            // payload bytes of all messages
	Sent     map[string]int64 // payload bytes by sender; parties that sent nothing count 0
}

// Clone returns a copy that shares no memory with c.
func (c Cost) Clone() Cost {
	sent := make(map[string]int64, len(c.Sent))
	for id, n := range c.Sent {
		sent[id] = n
	}
	c.Sent = sent
	return c
}
