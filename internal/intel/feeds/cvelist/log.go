package cvelist

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/fetch"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// changeLog is cves/deltaLog.json: what changed in the last 30 days.
type changeLog struct {
	oldest  time.Time
	changes map[string]time.Time // CVE id to when its latest change was logged
}

// day is the changes whose latest was logged on one day (UTC).
type day struct {
	name    string   // "2026-11-25"
	ids     []string // in order
	logged  map[string]time.Time
	through time.Time // of the latest change
}

// delta is one run of the CVE Program's robot.
type delta struct {
	FetchTime string `json:"fetchTime"`
	New       []struct {
		ID string `json:"cveId"`
	} `json:"new"`
	Updated []struct {
		ID string `json:"cveId"`
	} `json:"updated"`
}

// log fetches the log. NotModified is set where it is the one that was worked off last.
func (p *poll) log() (out changeLog, answer fetch.Answer, err error) {
	answer, err = p.fetch.Get(p.ctx, fetch.Request{
		URL: p.config.URL + "/cves/deltaLog.json", Want: fetch.JSON, ETag: p.cursor.ETag, LastModified: p.cursor.LastModified,
		Read: func(_ fetch.Answer, body io.Reader) error {
			out, err = readLog(body)
			return err
		},
	})
	if problem.Is(err, problem.NotFound) {
		return out, answer, problem.Wrap(problem.NotFound, err,
			"The CVE List has no log of changes at the address that is set (404 for cves/deltaLog.json). Check the setting, or leave it empty for the CVE Program's own.")
	}
	if err == nil && !answer.NotModified && len(out.changes) == 0 {
		// An empty success is not believed.
		err = problem.New(problem.Malformed, "The CVE List's log of changes is empty, which it never is; it is read again with the next poll.")
	}
	return out, answer, err
}

// readLog reads the list of deltas one by one. A delta without a time it can be filed under is left out, as are ids that
// are none.
func readLog(in io.Reader) (changeLog, error) {
	out := changeLog{changes: map[string]time.Time{}}
	d := json.NewDecoder(in)
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return out, fmt.Errorf("no list of changes: %w", errors.Join(err))
	}
	for d.More() {
		var one delta
		var mistyped *json.UnmarshalTypeError
		if err := d.Decode(&one); err != nil && !errors.As(err, &mistyped) {
			return out, fmt.Errorf("the list of changes breaks off: %w", err)
		}
		at, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(one.FetchTime))
		if err != nil {
			continue
		}
		at = at.UTC()
		if out.oldest.IsZero() || at.Before(out.oldest) {
			out.oldest = at
		}
		for _, r := range slices.Concat(one.New, one.Updated) {
			id := strings.ToUpper(strings.TrimSpace(r.ID))
			if intel.IsCVE(id) && len(id) < 40 && at.After(out.changes[id]) {
				out.changes[id] = at
			}
		}
	}
	if _, err := d.Token(); err != nil {
		return out, fmt.Errorf("the list of changes breaks off: %w", err)
	}
	return out, nil
}

// days files the changes after since by day, the oldest first. A change logged later than now counts as now's, so that a
// wrong clock cannot hide what comes until then.
func (l changeLog) days(since, now time.Time) []day {
	byName := map[string]*day{}
	for id, at := range l.changes {
		if !at.After(since) {
			continue
		}
		at = earlier(at, now)
		name := at.Format(time.DateOnly)
		d := byName[name]
		if d == nil {
			d = &day{name: name, logged: map[string]time.Time{}}
			byName[name] = d
		}
		d.ids = append(d.ids, id)
		d.logged[id] = at
		if at.After(d.through) {
			d.through = at
		}
	}
	out := make([]day, 0, len(byName))
	for _, d := range byName {
		slices.Sort(d.ids)
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b day) int { return strings.Compare(a.name, b.name) })
	return out
}
