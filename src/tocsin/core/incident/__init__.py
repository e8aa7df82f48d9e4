"""An incident: its lifecycle as one table, its state, and the three verbs decide, evolve and due."""
