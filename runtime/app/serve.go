package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/account"
	"github.com/threatwerk/threatwerk/internal/license"
	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/live"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/platform/system"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
	"github.com/threatwerk/threatwerk/runtime/metrics"
)

// shutdownTime bounds the end of the process; container platforms kill after 30 s.
const shutdownTime = 20 * time.Second

// besidePool is how many connections a serving process holds outside its pool: the job client's sign of life, the one on which
// it listens, which it takes out of the pool for good, and the one on which live hints are heard.
const besidePool = 3

// Serve brings the schema up to date, works jobs and answers requests until ctx ends; then it accepts no more, finishes
// what runs, and hands back the jobs that it cannot finish in time.
func Serve(ctx context.Context, c config.Config, log *zap.Logger, version string) error {
	c, err := withKeys(c, log)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, c, c.DatabaseWait, besidePool)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := Migrate(ctx, pool, c); err != nil {
		return err
	}
	licence, err := openLicence(ctx, c, pool, log)
	if err != nil {
		return err
	}
	sealer, err := newSealer(c)
	if err != nil {
		return err
	}
	mailer, err := OpenMailer(ctx, c)
	if err != nil {
		return err
	}
	watch := metrics.New(pool, version)
	client, stores, feeds, err := newWorkers(pool, c, log, version, sealer, mail.NewPostman(pool, mailer, sealer), watch)
	if err != nil {
		return err
	}
	outbox, err := newOutbox(client, c)
	if err != nil {
		return err
	}
	accounts, err := Accounts(pool, c, outbox, seats(licence))
	if err != nil {
		return err
	}
	files, err := page(c.FrontendDir, log)
	if err != nil {
		return err
	}
	hub := live.NewHub(live.Config{Standing: accounts.Standing, Log: log})
	watch.Live(hub.Stats)
	var leaving atomic.Bool
	handler := handler(stores, feeds, accounts, newMailDesk(c, pool, outbox), licence.State, hub, c, log, version, files, watch.Request, leaving.Load)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen (LISTEN_ADDR): %w", err)
	}
	// Its end is asked for below, after the last request.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("serving", zap.Stringer("address", listener.Addr()))
	return run(ctx, &parts{
		front:  front{server: newServer(handler, log), listener: listener, leaving: &leaving, hub: hub},
		client: client, licence: licence, database: pool.Config().ConnConfig,
	}, c, watch, log)
}

// OpenHandler is the whole product where no jobs are worked, as in Lambda: requests are answered as in the container. Close it
// afterwards.
func OpenHandler(ctx context.Context, c config.Config, log *zap.Logger, version string) (answers http.Handler, end func(), err error) {
	if c, err = withKeys(c, log); err != nil {
		return nil, nil, err
	}
	stores, feeds, err := OpenFeeds(ctx, c, log, version)
	if err != nil {
		return nil, nil, err
	}
	licence, err := openLicence(ctx, c, stores.Pool, log)
	if err != nil {
		stores.Pool.Close()
		return nil, nil, err
	}
	// Another process sends the mail.
	jobs, err := riverx.Inserter(stores.Pool)
	if err != nil {
		stores.Pool.Close()
		return nil, nil, err
	}
	outbox, err := newOutbox(jobs, c)
	if err != nil {
		stores.Pool.Close()
		return nil, nil, err
	}
	accounts, err := Accounts(stores.Pool, c, outbox, seats(licence))
	if err != nil {
		stores.Pool.Close()
		return nil, nil, err
	}
	return handler(stores, feeds, accounts, newMailDesk(c, stores.Pool, outbox), licence.State, nil, c, log, version, nil, nil, nil), stores.Pool.Close, nil
}

func handler(stores *Stores, feeds *Feeds, accounts *account.Store, desk *mail.Desk, licence func() license.State, hub *live.Hub,
	c config.Config, log *zap.Logger, version string, files fs.FS,
	watch func(method, route string, status int, took time.Duration), leaving func() bool,
) http.Handler {
	return httpapi.New(httpapi.Services{
		Version: version, Accounts: accounts, Inventory: stores.Inventory, Findings: stores.Findings, Intel: stores.Intel,
		Explain: matching.NewExplainer(stores.Pool, stores.Intel), Feeds: feeds.Desk,
		Queue: queue.NewReader(stores.Pool), Limits: sbom.Limits{MaxBytes: c.SBOMMaxBytes}, License: licence, Live: hub, Mail: desk,
		System: system.NewReader(stores.Pool, lastMigration(c)),
	}, httpapi.Options{
		Log: log, Hosts: hosts(c.AppURL), AppURL: c.AppURL, Page: files, Limits: limits(c.Limits), Watch: watch, Leaving: leaving,
	})
}

// idleTime is longer than a load balancer keeps its connections (300 s in our template): else it would send a request on one
// that is just being closed, and answer 502.
const idleTime = 310 * time.Second

func newServer(handler http.Handler, log *zap.Logger) *http.Server {
	errorLog, _ := zap.NewStdLogAt(log, zap.DebugLevel) // fails only for unknown levels
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10,
		ErrorLog: errorLog,
	}
}

// parts are what a serving process runs.
type parts struct {
	front
	client   *riverx.Client
	licence  Licence
	database *pgx.ConnConfig // of the hub
}

// run serves until ctx ends or the listener fails, then ends server and workers side by side.
func run(ctx context.Context, p *parts, c config.Config, watch *metrics.Metrics, log *zap.Logger) error {
	work, failed := errgroup.WithContext(ctx)
	hearing, hearNoMore := context.WithCancel(context.WithoutCancel(ctx))
	defer hearNoMore()
	work.Go(func() error {
		p.hub.Run(hearing, p.database)
		return nil
	})
	work.Go(func() error {
		p.licence.Run(failed)
		return nil
	})
	work.Go(func() error {
		if err := p.server.Serve(p.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	if c.MetricsAddr != "" {
		work.Go(func() error { return watch.Serve(failed, c.MetricsAddr, log) })
	}
	work.Go(func() error {
		<-failed.Done()
		log.Info("stopping")
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.StopDelay+shutdownTime)
		defer cancel()
		var stop errgroup.Group
		stop.Go(func() error {
			defer hearNoMore()
			return p.leave(ending, c.StopDelay)
		})
		stop.Go(func() error { return p.client.Stop(ending) })
		return stop.Wait()
	})
	return work.Wait()
}

// limits are the settings' bounds on callers.
func limits(l config.Limits) httpapi.Limits {
	return httpapi.Limits{
		Requests: ratelimit.New(ratelimit.Config{Rate: l.RateLimitRPS, Burst: l.RateLimitBurst}),
		SignIn:   ratelimit.New(ratelimit.Config{Rate: float64(l.SignInPerMinute) / 60, Burst: l.SignInPerMinute, Callers: signInCallers}),
		Proxies:  l.TrustedProxies, Uploads: l.UploadsAtOnce,
	}
}

// signInCallers: far fewer try to sign in than ask.
const signInCallers = 100_000

// hosts are the names under which people reach the server.
func hosts(appURL string) []string {
	u, err := url.Parse(appURL)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	return []string{u.Hostname()}
}
