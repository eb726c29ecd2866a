package osv

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/fetch"
)

// changes is what a list of changes (modified_id.csv) names.
type changes struct {
	ids   []string // changed since, each once, newest first
	lines int      // read
	// reached says that the list names a change that is known. Where it is false the list may be cut off, or everything
	// changed.
	reached bool
	bad     int // lines that make no sense
}

// changes asks for the list of an ecosystem and reads it down to what is known; of an ecosystem that was never loaded,
// whole. modified is false where the list is the one that was worked off last.
func (p *poll) changes(ecosystem string, known state) (list changes, answer fetch.Answer, err error) {
	answer, err = p.fetch.Get(p.ctx, fetch.Request{
		URL: p.address(ecosystem, "modified_id.csv"), Want: fetch.Text, ETag: known.ETag, LastModified: known.LastModified,
		Read: func(_ fetch.Answer, body io.Reader) error {
			list, err = readChanges(body, ecosystem, known.Watermark)
			return err
		},
	})
	return list, answer, err
}

// maxLine bounds a line of a list of changes.
const maxLine = 4 << 10

// readChanges reads lines "time,id", newest first, down to the first that is older than the watermark by the overlap. A
// list that is not in order is read to its end. Without a watermark the lines are counted.
func readChanges(in io.Reader, ecosystem string, watermark time.Time) (changes, error) {
	var out changes
	since := watermark.Add(-overlap)
	seen := map[string]bool{}
	ordered := true
	var last time.Time
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() {
		at, id, ok := readChange(lines.Bytes(), ecosystem)
		if !ok {
			if len(bytes.TrimSpace(lines.Bytes())) > 0 {
				out.bad++
			}
			continue
		}
		out.lines++
		if out.lines > 1 && at.After(last) {
			ordered = false
		}
		last = at
		if watermark.IsZero() {
			continue
		}
		// A watermark has microseconds, the list nanoseconds.
		if !at.Truncate(time.Microsecond).After(watermark) {
			out.reached = true
		}
		if at.Before(since) {
			if ordered {
				return out, nil
			}
			continue
		}
		if !seen[id] {
			seen[id] = true
			out.ids = append(out.ids, id)
		}
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return out, fmt.Errorf("a line of the list of changes is longer than %d bytes", maxLine)
		}
		return out, err
	}
	return out, nil
}

// readChange reads one line: a time (RFC 3339, up to nanoseconds) and an id, before which the ecosystem may stand.
func readChange(line []byte, ecosystem string) (time.Time, string, bool) {
	when, id, found := strings.Cut(string(bytes.TrimSpace(bytes.TrimPrefix(line, utf8BOM))), ",")
	if !found {
		return time.Time{}, "", false
	}
	at, err := time.Parse(time.RFC3339Nano, when)
	id = strings.TrimPrefix(id, ecosystem+"/")
	// The id becomes part of an address.
	if err != nil || id == "" || len(id) > maxID || strings.ContainsAny(id, "/\\\x00") || strings.Trim(id, ".") == "" {
		return time.Time{}, "", false
	}
	return at.UTC(), id, true
}
