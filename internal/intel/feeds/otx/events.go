package otx

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/intel"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxEventPages bounds what is read of the list of events.
const maxEventPages = 100

// event is something that happened to what the account follows.
type event struct {
	Kind    string `json:"object_type"`
	Action  string `json:"action"`
	ID      string `json:"object_id"`
	Created string `json:"created"`
}

// events hands out which pulses were deleted, or unsubscribed from, since the last time. Where the list of events fails
// the deleted ones stay until it works: that is told of and is no reason to read no pulses.
func (p *poll) events(now time.Time) error {
	if p.cursor.Events.IsZero() {
		p.cursor.Events = now // nothing is held yet
		return nil
	}
	w := p.walk(p.clients, "pulses/events", url.Values{"since": {isoTime(p.cursor.Events)}}, 0, detailSize)
	type last struct {
		at   time.Time
		gone bool
	}
	latest := map[string]last{}
	newest := p.cursor.Events
	for range maxEventPages {
		got, err := w.next(p.ctx)
		if p.ctx.Err() != nil || problem.Is(err, problem.Forbidden) {
			return err
		}
		if err != nil {
			return p.step(intel.Step{Reports: []intel.IncomingReport{{Path: "pulses/events", Refused: fmt.Errorf("deleted reports stay for now: %w", err)}}})
		}
		for _, raw := range got.Results {
			var e event
			if decode(raw, &e) != nil || !strings.EqualFold(e.Kind, "pulse") || clean(e.ID) == "" {
				continue
			}
			at := readTime(e.Created)
			if at.After(newest) && !at.After(now) {
				newest = at
			}
			if known, ok := latest[e.ID]; ok && !at.After(known.at) {
				continue
			}
			action := strings.ToLower(clean(e.Action))
			latest[e.ID] = last{at: at, gone: action == "delete" || action == "unsubscribe"}
		}
		if got.Next == nil || len(got.Results) == 0 {
			break
		}
	}
	var step intel.Step
	for id, l := range latest {
		if l.gone {
			step.GoneReports = append(step.GoneReports, clean(id))
		}
	}
	slices.Sort(step.GoneReports)
	p.cursor.Events = newest
	if len(step.GoneReports) == 0 {
		return nil
	}
	return p.step(step)
}
