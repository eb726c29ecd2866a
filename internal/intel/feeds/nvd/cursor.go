package nvd

import (
	"encoding/json"
	"time"
)

// cursor is where a poll goes on. Each step moves it, and it is stored with the step.
type cursor struct {
	// Files and Load are a first load under way: by the yearly files, or page by page.
	Files *filesCursor `json:"files,omitempty"`
	Load  *window      `json:"load,omitempty"`
	// Window is a stretch of changes that is being read.
	Window *window `json:"window,omitempty"`
	// Pending is the newest change in the windows since the watermark was moved, and Suspect the beginning of the first
	// of them that was empty: windows of one poll move the watermark together.
	Pending time.Time `json:"pending,omitzero"`
	Suspect time.Time `json:"suspect,omitzero"`
	// Watermark is the newest change that is held for certain: never "now". Zero: the first load is not done.
	Watermark time.Time `json:"watermark,omitzero"`
	// EmptyPolls counts the polls in a row in which NVD had nothing to tell, not even the newest record that is held,
	// which every poll asks for again; EmptySince is when, by NVD's clock, the first of them was.
	EmptyPolls int       `json:"empty_polls,omitempty"`
	EmptySince time.Time `json:"empty_since,omitzero"`
	// Doubt is the beginning of a window that was empty while later ones were not. It is asked for once more.
	Doubt time.Time `json:"doubt,omitzero"`
	// Year is the next to be reconciled.
	Year int `json:"reconcile_year,omitempty"`
	// Relist is the whole listing that is read again, where there are no yearly files.
	Relist *window `json:"relist,omitempty"`
}

// filesCursor is a position in the yearly files.
type filesCursor struct {
	Year   int    `json:"year"`
	Done   int    `json:"done"`   // records of that year's file that are stored
	SHA256 string `json:"sha256"` // of that file; another one is read from its beginning
	Stored int    `json:"stored"` // records of the years before
	// Built is when the oldest of the files so far was written, which is what they are current to.
	Built time.Time `json:"built,omitzero"`
	// Newest is the newest change in them so far.
	Newest time.Time `json:"newest,omitzero"`
	// Youngest is when the newest file was written.
	Youngest time.Time `json:"youngest,omitzero"`
}

// window is a list that is being read page by page: the changes of a stretch of time, or (without times) everything.
type window struct {
	From    time.Time `json:"from,omitzero"`
	To      time.Time `json:"to,omitzero"`
	Start   int       `json:"start"`             // the next record to be read
	Total   int       `json:"total"`             // as the last page said
	Newest  time.Time `json:"newest,omitzero"`   // the newest change so far
	Began   time.Time `json:"began,omitzero"`    // when the first page was read, by NVD's clock
	Margin  int       `json:"margin,omitempty"`  // by how much pages overlap, since records leave the list
	Overlap int       `json:"overlap,omitempty"` // by how much the next page does
	Back    int       `json:"back,omitempty"`    // how often it had to go back
	Short   int       `json:"short,omitempty"`   // how many polls ended because fewer records came than were announced
}

func readCursor(raw json.RawMessage) cursor {
	var c cursor
	// A cursor that cannot be read is from another world; beginning anew loses nothing.
	if len(raw) > 0 && json.Unmarshal(raw, &c) != nil {
		return cursor{}
	}
	return c
}

// Silence tells from a stored cursor how many polls in a row brought nothing, and since when (by NVD's clock). Any number
// above zero is unusual: every poll asks for the newest record that is held, too.
func Silence(stored json.RawMessage) (polls int, since time.Time) {
	c := readCursor(stored)
	return c.EmptyPolls, c.EmptySince
}
