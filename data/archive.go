package data

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
)

// crxName is what the file is called, in the archive and on the disk.
const crxName = "crx.data"

// maxFile is the size in bytes of the largest crx.data that is unpacked. The
// published one has 32,218.
const maxFile = 1_000_000

// unpack returns crx.data from a zip archive, from whatever folder in it. The
// address stands for the archive in errors, which are *Error.
//
// Of what the archive says about itself nothing is believed: the limit holds for
// the bytes that really come out, and the name in the archive is compared only,
// never used as a path.
func unpack(archive []byte, address string) ([]byte, error) {
	files, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // such names do no harm here
		return nil, &Error{File: address, What: "the download is not a complete zip archive", Err: err,
			Mend: "try again, or " + byHand}
	}
	for _, file := range files.File {
		if file.FileInfo().IsDir() || path.Base(file.Name) != crxName {
			continue
		}
		text, err := unpackFile(file)
		if err != nil {
			return nil, &Error{File: address, What: "crx.data in the archive is damaged", Err: err, Mend: "try again, or " + byHand}
		}
		if len(text) > maxFile {
			return nil, &Error{File: address, What: fmt.Sprintf("crx.data in the archive is larger than %d MB", maxFile/1_000_000), Mend: byHand}
		}
		return text, nil
	}
	return nil, &Error{File: address, What: "the archive holds no crx.data", Mend: byHand}
}

// unpackFile returns the bytes of a file, or the first maxFile+1 of more.
func unpackFile(file *zip.File) ([]byte, error) {
	in, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return io.ReadAll(io.LimitReader(in, maxFile+1)) // to the end, where the checksum is compared
}

// checkCRX compares what a file holds with what is known of crx.data.
func checkCRX(text []byte, address string) (*Table, error) {
	name := address + " ▸ " + crxName
	table, err := Read(bytes.NewReader(text), name, Options{})
	if err != nil {
		e, ok := errors.AsType[*Error](err)
		if !ok {
			return nil, err
		}
		changed := *e
		changed.What, changed.Mend = "this is not the published crx.data: "+e.What, byHand
		return nil, &changed
	}
	classes := map[string]int{}
	missing := 0
	for _, record := range table.Records {
		classes[record.Fields[len(record.Fields)-1]]++
		missing += len(table.lacking(record))
	}
	for _, fact := range []struct {
		what      string
		got, want int
	}{
		{"columns", len(table.Columns), 16},
		{"rows", len(table.Records), 690},
		{"rows of class +", classes["+"], 307},
		{"rows of class -", classes["-"], 383},
		{"missing values", missing, 67},
		{"rows with a missing value", len(table.Records) - len(table.Complete()), 37},
	} {
		if fact.got != fact.want {
			return nil, &Error{File: name,
				What: fmt.Sprintf("this is not the published crx.data: it has %d %s, not %d", fact.got, fact.what, fact.want),
				Mend: byHand}
		}
	}
	return table, nil
}
