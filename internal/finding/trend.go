package finding

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/access"
)

// Day is how many findings of active releases were open at the end of a day (UTC); today's is now.
type Day struct {
	Day  time.Time
	Open Counts // KEV is not filled: the list is of today
}

// Trend is one entry a day, the oldest first, ending today. It goes backwards from what is open now: what was opened later
// was not open then, what was resolved later was. A finding that went and came back counts as open throughout.
func (s *Store) Trend(ctx context.Context, days int, now time.Time) ([]Day, error) {
	today := now.UTC().Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, 1-days)
	args := pgx.NamedArgs{"from": from}
	see := access.See(ctx).Where("f.product_id", args)
	rows, err := s.db.Query(ctx, `
		select null::date, f.severity, count(*) from findings f
		where f.active and f.state = 'open' and `+see+`
		group by f.severity
		union all
		select (f.first_seen at time zone 'UTC')::date, f.severity, -count(*) from findings f
		where f.active and f.first_seen >= @from and `+see+`
		group by 1, 2
		union all
		select (f.resolved_at at time zone 'UTC')::date, f.severity, count(*) from findings f
		where f.active and f.state = 'resolved' and f.resolved_at >= @from and `+see+`
		group by 1, 2`, args)
	if err != nil {
		return nil, fmt.Errorf("read the trend of findings: %w", err)
	}
	var now0 Counts
	back := map[time.Time]*Counts{} // what to add when going back over a day
	var day *time.Time
	var severity string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&day, &severity, &n}, func() error {
		to := &now0
		if day != nil {
			at := day.UTC()
			if back[at] == nil {
				back[at] = &Counts{}
			}
			to = back[at]
		}
		to.add(severity, n)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read the trend of findings: %w", err)
	}
	out := make([]Day, days)
	for i := days - 1; i >= 0; i-- {
		at := from.AddDate(0, 0, i)
		out[i] = Day{Day: at, Open: now0}
		if change := back[at]; change != nil {
			for _, severity := range severities {
				now0.add(severity, *change.of(severity))
			}
		}
	}
	return out, nil
}

var severities = []string{"critical", "high", "medium", "low", "none", "unknown"}

func (c *Counts) of(severity string) *int {
	switch severity {
	case "critical":
		return &c.Critical
	case "high":
		return &c.High
	case "medium":
		return &c.Medium
	case "low":
		return &c.Low
	case "none":
		return &c.None
	}
	return &c.Unknown
}

func (c *Counts) add(severity string, n int) {
	*c.of(severity) += n
	c.Total += n
}
