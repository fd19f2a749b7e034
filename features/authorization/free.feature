# Where nobody needs a token, a plug lets in once.
Feature: Free charging

  Background:
    Given a charger where nobody needs a token

  Scenario: A car that the CSMS stopped stays stopped, until the CSMS starts it
    Given a car is charging
    When the CSMS requests a stop
    Then within 10 s the contactor opens
    And for 8 h the contactor stays open
    When the CSMS requests a start for the card 04CA2D01
    Then within 5 s the charger answers RequestStartTransaction with Accepted
    And within 60 s the contactor closes

  Scenario: A car that the CSMS stopped charges with the next plug
    Given a car is charging
    When the CSMS requests a stop
    And 60 s pass
    And the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 10 s the contactor closes

  Scenario: A car whose transaction a fault has ended does not begin again by itself
    Given a car is charging
    When the contactor falls open
    Then within 3 s the CSMS received TransactionEvent where
      | eventType | Ended |
    And for 60 min the contactor stays open

  Scenario: A card at a stopped car is told that it is not needed
    Given a car is charging
    When the CSMS requests a stop
    And 30 s pass
    And the card 04CA2D01 is held to the reader
    Then within 1 s the panel says "no card is needed here"
    And for 60 s the contactor stays open

  Scenario: A reserved outlet lets in when the reservation is over
    When the CSMS reserves the charger for the card 04CA2D02 for 2 min
    And the driver plugs in
    Then for 110 s the contactor stays open
    And within 30 s the contactor closes
