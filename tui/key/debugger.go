package key

// The intents of the debugger.
const (
	Add         Intent = "add"
	Everything  Intent = "everything"        // look at everything, as nobody does
	EyesOf      Intent = "eyes of party "    // followed by the number of the party
	Eyes        Intent = "eyes"              // ask through whose eyes to look
	Breakpoints Intent = "breakpoints"       // the list of places where the run stops
	Ledger      Intent = "ledger"            // what was released, to whom and why
	Wire        Intent = "wire"              // the messages, byte by byte
	Person      Intent = "follow one person" // from the file to the decision
	Numbers     Intent = "numbers"           // how numbers are written
	Look        Intent = "look"              // another look at the same value
	Origin      Intent = "origin"            // where a value came from
	Sort        Intent = "sort"
)
