package intel

import "github.com/threatwerk/threatwerk/internal/platform/problem"

// Incoming is one record on its way from a feed to the store.
type Incoming struct {
	// Path is where it was read: a file, "archive.zip!entry.json", or a page of an API.
	Path     string
	Advisory Advisory
	// Warnings are what was wrong with it and put right or left out; the record is kept.
	Warnings []problem.Fault
	// Refused says why it cannot be kept; Advisory is then empty.
	Refused error
}
