package intel

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/threatwerk/threatwerk/internal/platform/pg"
)

// MissingReports are the ids of the poll's feed's reports that are not in held, which is everything that the other side
// holds: they are for Step.GoneReports. Old reports go all the time, since headers are kept for a while only; but of those
// that are younger than that, more than a tenth at once is an error (ErrAsks) unless a person accepted it.
func (s *Store) MissingReports(ctx context.Context, p *Poll, held []string) ([]string, error) {
	rows, err := s.db.Query(ctx, `
		select r.report_id, r.stood_at >= @from, h.id is null
		from threat_reports r
		left join unnest(@held::text[]) as h (id) on h.id = r.report_id
		where r.feed = @feed
		order by r.report_id`,
		pgx.NamedArgs{"feed": p.run.feed, "held": held, "from": s.rules.keepFrom(s.now())})
	if err != nil {
		return nil, fmt.Errorf("look for reports that are gone: %w", pg.Problem(err))
	}
	var gone []string
	var young, youngGone int64
	var id string
	var isYoung, isGone bool
	_, err = pgx.ForEachRow(rows, []any{&id, &isYoung, &isGone}, func() error {
		if isGone {
			gone = append(gone, id)
		}
		if isYoung {
			young++
		}
		if isYoung && isGone {
			youngGone++
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for reports that are gone: %w", pg.Problem(err))
	}
	return gone, p.run.guard.checkPart(p.run.feed+" of late", youngGone, young)
}
