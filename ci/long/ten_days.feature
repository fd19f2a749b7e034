# Long runs: what is kept of a run is bounded, and a step on the tenth day costs what it cost on the first.
Feature: Ten days in one world

  Scenario: A car stays for ten days, and the last day is as the first
    Given a charger where nobody needs a token
    And a car is charging
    When 240 h pass
    And the driver unplugs
    Then within 5 s the contactor opens
    And within 5 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And the sequence numbers have no gap
    And the charger never says that the CSMS misbehaves
