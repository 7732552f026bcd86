// Package widget draws the parts the explorer's screens are made of: panes and
// dialogs, matrices, charts, tables, lists, gauges, and the text and number
// formatting under them.
//
// Everything here is a pure function of its arguments: values in, lines of text
// out; nothing is read, written or remembered. A renderer that takes a width w
// and a height h returns exactly h lines of exactly w cells, whatever it is
// given, so that blocks can be put side by side without measuring again.
// Widths are display cells, never bytes. Nobody has to see colours to
// understand what is drawn.
package widget
