package riverx

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/zap"
)

const (
	// lockClass is the first half of the two-part advisory locks that are signs of life ("life" in ASCII).
	lockClass int32 = 0x6c696665
	// pulse is how often the connection is tried, and relock the pause before another attempt to lock.
	pulse  = time.Second
	relock = 250 * time.Millisecond
	// answer bounds one statement of this connection.
	answer = 5 * time.Second
)

// life is the connection that holds a client's lock. It is not of the pool: it must neither be lent out nor be closed
// for idleness.
type life struct {
	settings *pgx.ConnConfig
	id       string
	log      *zap.Logger
	conn     *pgx.Conn
}

// beAlive takes the lock.
func beAlive(ctx context.Context, pool *pgxpool.Pool, id string, log *zap.Logger) (*life, error) {
	l := &life{settings: pool.Config().ConnConfig.Copy(), id: id, log: log}
	l.settings.RuntimeParams["application_name"] = "threatwerk sign of life"
	if err := l.lock(ctx); err != nil {
		return nil, fmt.Errorf("show the job client as alive: %w", err)
	}
	return l, nil
}

// keep tries the connection again and again, and takes the lock anew on another when it is gone.
func (l *life) keep(ctx context.Context) {
	beat := time.NewTimer(pulse)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		beat.Reset(l.try(ctx))
	}
}

// try returns the time until the next look.
func (l *life) try(ctx context.Context) time.Duration {
	bounded, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	if l.conn != nil {
		if l.conn.Ping(bounded) == nil {
			return pulse
		}
		l.end()
		if ctx.Err() == nil {
			l.log.Warn("sign of life lost", zap.String("client", l.id))
		}
	}
	if err := l.lock(bounded); err != nil {
		return relock
	}
	l.log.Info("sign of life restored", zap.String("client", l.id))
	return pulse
}

// lock opens a connection and takes the lock on it. The keepalive settings let PostgreSQL notice within seconds that a
// whole machine is gone; a killed process needs none.
func (l *life) lock(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, l.settings)
	if err != nil {
		return err
	}
	var locked bool
	err = conn.QueryRow(ctx, `
		select set_config('tcp_keepalives_idle', '5', false) is not null
		   and set_config('tcp_keepalives_interval', '2', false) is not null
		   and set_config('tcp_keepalives_count', '3', false) is not null
		   and set_config('idle_session_timeout', '0', false) is not null
		   and pg_try_advisory_lock(@class, hashtext(@id))`,
		pgx.NamedArgs{"class": lockClass, "id": l.id}).Scan(&locked)
	if err == nil && !locked {
		// The server may not have noticed yet that the connection before is gone.
		err = fmt.Errorf("another session holds the lock of %s", l.id)
	}
	if err != nil {
		closeQuietly(conn)
		return err
	}
	l.conn = conn
	return nil
}

func (l *life) end() {
	if l.conn != nil {
		closeQuietly(l.conn)
		l.conn = nil
	}
}

func closeQuietly(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), answer)
	defer cancel()
	_ = conn.Close(ctx)
}
