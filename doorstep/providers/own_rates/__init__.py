"""Carriers without an interface: their prices are a sheet of ours, their labels our own."""
