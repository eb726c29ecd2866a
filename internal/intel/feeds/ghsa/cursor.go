package ghsa

import (
	"encoding/json"
	"time"
)

// cursor is where a poll goes on, for each type of advisory.
type cursor struct {
	Reviewed position `json:"reviewed"`
	Malware  position `json:"malware"`
	// EmptyPolls counts the polls in a row in which GitHub had nothing, not even the newest advisory that is held, which
	// every poll asks for again.
	EmptyPolls int `json:"empty_polls,omitempty"`
}

// position is a place in a list that is sorted by update, oldest first.
type position struct {
	// Next is the page to be read next; empty between polls.
	Next string `json:"next,omitempty"`
	// Newest is the newest update so far, and Watermark what everything up to is held: the same, as long as the list
	// keeps its order.
	Newest    time.Time `json:"newest,omitzero"`
	Watermark time.Time `json:"watermark,omitzero"`
	Unordered bool      `json:"unordered,omitempty"`
	// Began is the watermark at the beginning of the list.
	Began time.Time `json:"began,omitzero"`
}

func (c *cursor) of(kind string) *position {
	if kind == "malware" {
		return &c.Malware
	}
	return &c.Reviewed
}

// see notes an advisory's update. In a list that is not in order the watermark waits for its end.
func (p *position) see(updated time.Time, tolerance time.Duration) {
	if updated.Before(p.Newest.Add(-tolerance)) {
		p.Unordered, p.Watermark = true, p.Began
	}
	if updated.After(p.Newest) {
		p.Newest = updated
	}
	if !p.Unordered {
		p.Watermark = p.Newest
	}
}

// end is reached when the list was read whole.
func (p *position) end() {
	p.Watermark, p.Began, p.Unordered = p.Newest, p.Newest, false
}

func readCursor(raw json.RawMessage) cursor {
	var c cursor
	// A cursor that cannot be read is from another world; beginning anew loses nothing.
	if len(raw) > 0 && json.Unmarshal(raw, &c) != nil {
		return cursor{}
	}
	return c
}

// Silence tells from a stored cursor how many polls in a row brought nothing. Any number above zero is unusual.
func Silence(stored json.RawMessage) (polls int) { return readCursor(stored).EmptyPolls }
