// Package embedded runs a NATS server with JetStream inside this process, for
// studies on one machine and for a few machines without a server of their own.
// It is apart from package queue because workers link only the client.
package embedded

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// Options of Start. The zero value listens on a free port of the loopback
// address, which other machines cannot reach.
type Options struct {
	// Listen is "host:port"; "" is a free port of 127.0.0.1, the same as last
	// time where it is still free.
	Listen string
	// Certificate and Key are files for TLS; "" is without.
	Certificate, Key string
	// MaxStore bounds what is kept on disk, in bytes; 0 is all that the disk
	// has but a reserve of 64 MiB.
	MaxStore int64
	// Closed opens the store without any listener, for a look at it.
	Closed bool
}

// Server is a running server.
type Server struct {
	nats *server.Server
	lock *flock.Flock
	// Address is how to connect to it. Its token is random, made with the
	// folder, and whoever has it may do anything on this server.
	Address queue.Server
}

// ErrRunning is wrapped where another process has the folder.
var ErrRunning = errors.New("it is running already")

const addressFile = "server.json"

// Start runs a server whose files are in folder, which it makes. Only one
// process at a time has a folder.
func Start(folder string, options Options) (*Server, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the study's server: %w", err)
	}
	lock := flock.New(filepath.Join(folder, "lock"))
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the folder %s: %w", folder, err)
	}
	if !held {
		return nil, fmt.Errorf("the study in %s: %w: wait for it, or stop it", folder, ErrRunning)
	}
	s := &Server{lock: lock}
	if err := s.start(folder, options); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the study's server in %s: %w", folder, err), lock.Unlock())
	}
	return s, nil
}

func (s *Server) start(folder string, options Options) error {
	config, err := options.server(folder)
	if err != nil {
		return err
	}
	if s.nats, err = server.NewServer(config); err != nil {
		return err
	}
	log := &logger{path: filepath.Join(folder, "server.log")}
	s.nats.SetLoggerV2(log, false, false, false)
	s.nats.Start()
	if !s.nats.ReadyForConnections(time.Minute) || !s.nats.JetStreamEnabled() {
		s.nats.Shutdown()
		return fmt.Errorf("it does not come up: %s", log.last())
	}
	s.Address = queue.Server{URL: fromHere(s.nats.ClientURL()), Token: config.Authorization, CA: options.Certificate, Name: certified(config.TLSConfig)}
	if options.Closed {
		return nil
	}
	return saveAddress(folder, s.Address)
}

// fromHere returns the address by which this machine reaches a server that
// listens on all of its own.
func fromHere(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	ip := net.ParseIP(u.Hostname())
	switch {
	case ip == nil || !ip.IsUnspecified():
		return address
	case ip.To4() == nil:
		u.Host = net.JoinHostPort("::1", u.Port())
	default:
		u.Host = net.JoinHostPort("127.0.0.1", u.Port())
	}
	return u.String()
}

// certified returns a name that the server's certificate is for, by whatever
// address this machine reaches it; "" without TLS.
func certified(config *tls.Config) string {
	if config == nil || len(config.Certificates) == 0 || config.Certificates[0].Leaf == nil {
		return ""
	}
	switch leaf := config.Certificates[0].Leaf; {
	case len(leaf.DNSNames) > 0:
		return strings.Replace(leaf.DNSNames[0], "*", "semrob", 1) // a wildcard is for any label
	case len(leaf.IPAddresses) > 0:
		return leaf.IPAddresses[0].String()
	}
	return ""
}

// server returns the configuration of the server.
func (o Options) server(folder string) (*server.Options, error) {
	known, _ := Address(folder) // the token and the port of last time, where there was one
	config := &server.Options{
		ServerName: "semrob", JetStream: true, StoreDir: folder, NoSigs: true,
		DontListen: o.Closed, Authorization: known.Token,
		// Left to itself the server takes three quarters of what is free when it
		// starts, what it holds already included.
		JetStreamMaxStore: o.MaxStore, JetStreamMaxMemory: 64 << 20,
		// A power cut loses at most this much, and that is done again.
		SyncInterval: 10 * time.Second,
	}
	if config.JetStreamMaxStore == 0 {
		config.JetStreamMaxStore = room(folder)
	}
	if config.Authorization == "" {
		config.Authorization = rand.Text()
	}
	if o.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("reading the server's certificate: %w", err)
		}
		config.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	var err error
	config.Host, config.Port, err = o.address(known)
	return config, err
}

func (o Options) address(known queue.Server) (host string, port int, err error) {
	if o.Listen == "" {
		return "127.0.0.1", freePort(known.URL), nil
	}
	host, text, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return "", 0, fmt.Errorf("the address %q must be host:port, such as 0.0.0.0:4222: %w", o.Listen, err)
	}
	if port, err = strconv.Atoi(text); err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("the port of the address %q must be a number, 0…65535", o.Listen)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

// freePort returns the loopback port of an address where it is free, or
// RANDOM_PORT.
func freePort(url string) int {
	_, text, err := net.SplitHostPort(trimScheme(url))
	if err != nil {
		return server.RANDOM_PORT
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", text))
	if err != nil {
		return server.RANDOM_PORT
	}
	listener.Close()
	port, err := strconv.Atoi(text)
	if err != nil {
		return server.RANDOM_PORT
	}
	return port
}

func trimScheme(url string) string {
	for i := range url {
		if len(url) >= i+3 && url[i:i+3] == "://" {
			return url[i+3:]
		}
	}
	return url
}

// Connect connects to the server without a network.
func (s *Server) Connect() (*nats.Conn, error) {
	conn, err := nats.Connect("", nats.InProcessServer(s.nats), nats.Token(s.Address.Token), nats.Name("semrob study run"), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("connecting to the study's own server: %w", err)
	}
	return conn, nil
}

// Stop ends the server and lets go of the folder.
func (s *Server) Stop() error {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	if err := s.lock.Unlock(); err != nil {
		return fmt.Errorf("letting go of the study's folder: %w", err)
	}
	return nil
}

// Address returns how to connect to the server whose files are in folder, as
// it was when it started last. The error wraps fs.ErrNotExist where none did.
func Address(folder string) (queue.Server, error) {
	var address queue.Server
	text, err := os.ReadFile(filepath.Join(folder, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return address, fmt.Errorf("no study was run in %s: %w", folder, fs.ErrNotExist)
	}
	if err == nil {
		err = json.Unmarshal(text, &address)
	}
	if err != nil {
		return address, fmt.Errorf("reading the address of the study's server: %w", err)
	}
	return address, nil
}

// saveAddress writes the address, with the token, for this user alone: the
// folder lets nobody else in.
func saveAddress(folder string, address queue.Server) error {
	text, err := json.MarshalIndent(address, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, addressFile)
	if err := atomicfile.Write(path, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}
