package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/threatwerk/threatwerk/internal/matching"
	"github.com/threatwerk/threatwerk/internal/notify/mail"
	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/platform/queue"
	"github.com/threatwerk/threatwerk/internal/platform/ratelimit"
	"github.com/threatwerk/threatwerk/internal/platform/riverx"
	"github.com/threatwerk/threatwerk/internal/sbom"
	"github.com/threatwerk/threatwerk/runtime/httpapi"
)

// shutdownTime bounds the end of the process; container platforms kill after 30 s.
const shutdownTime = 20 * time.Second

// Serve brings the schema up to date, works jobs and answers requests until ctx ends; then it accepts no more, finishes
// what runs, and hands back the jobs that it cannot finish in time.
func Serve(ctx context.Context, c config.Config, log *zap.Logger, version string) error {
	c, err := withKeys(c, log)
	if err != nil {
		return err
	}
	pool, err := openPool(ctx, c, c.DatabaseWait)
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
	client, stores, feeds, err := newWorkers(pool, c, log, version, sealer, mail.NewPostman(pool, mailer, sealer))
	if err != nil {
		return err
	}
	files, err := page(c.FrontendDir, log)
	if err != nil {
		return err
	}
	handler := httpapi.New(httpapi.Services{
		Version: version, Inventory: stores.Inventory, Findings: stores.Findings, Intel: stores.Intel,
		Explain: matching.NewExplainer(pool, stores.Intel), Feeds: feeds.Desk,
		Queue: queue.NewReader(pool), Limits: sbom.Limits{MaxBytes: c.SBOMMaxBytes}, License: licence.State,
	}, httpapi.Options{Log: log, Hosts: hosts(c.AppURL), AppURL: c.AppURL, Page: files, Limits: limits(c.Limits)})
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.ListenAddr)
	if err != nil {
		return fmt.Errorf("listen (LISTEN_ADDR): %w", err)
	}
	if c.ListenAddrReplaced != "" {
		log.Warn("LISTEN_ADDR is bound to the loopback address until accounts exist", zap.String("asked", c.ListenAddrReplaced))
	}
	// Its end is asked for below, after the last request.
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	log.Info("serving", zap.Stringer("address", listener.Addr()))
	return run(ctx, newServer(handler, log), listener, client, licence, log)
}

func newServer(handler http.Handler, log *zap.Logger) *http.Server {
	errorLog, _ := zap.NewStdLogAt(log, zap.DebugLevel) // fails only for unknown levels
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: errorLog,
	}
}

// run serves until ctx ends or the listener fails, then ends server and workers side by side.
func run(ctx context.Context, server *http.Server, listener net.Listener, client *riverx.Client, licence Licence, log *zap.Logger) error {
	work, failed := errgroup.WithContext(ctx)
	work.Go(func() error {
		licence.Run(failed)
		return nil
	})
	work.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	work.Go(func() error {
		<-failed.Done()
		log.Info("stopping")
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		var stop errgroup.Group
		stop.Go(func() error {
			if err := server.Shutdown(ending); err != nil {
				return errors.Join(fmt.Errorf("finish requests: %w", err), server.Close())
			}
			return nil
		})
		stop.Go(func() error { return client.Stop(ending) })
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
