# The contactor closes for one reason and opens for many.
Feature: Contactor

  Background:
    Given a charger where nobody needs a token

  @CP-10
  Scenario: It closes once, soon after the car asks
    Given the car waits before it asks for energy
    When the driver plugs in
    And 5 s pass
    Then the contactor is open
    When the car asks for energy
    Then within 3 s the contactor closes
    And for 10 s the contactor closes exactly once

  @CP-11
  Scenario: It opens within 100 ms when the car goes back to B
    Given a car is charging
    When the car stops asking for energy
    Then within 100 ms the contactor opens

  @CP-12
  Scenario: A car that ignores the stopped PWM is cut off after 6 s and not before
    Given a car is charging that ignores the PWM
    When the CSMS limits the charger to 0 A
    Then for 5900 ms the contactor stays closed
    And within 1 s the contactor opens

  @CP-13
  Scenario: A short pulse of C is not filtered away
    Given a charger that asks for a token
    When the driver plugs in
    And 2 s pass
    And the car pulses C for 200 ms
    Then within 200 ms the pilot was seen in state C
    And for 10 s the contactor stays open

  @CP-14
  Scenario: A sleeping car gets one wake-up pulse, then counts as pausing
    Given the car waits before it asks for energy
    When the driver plugs in
    And 29 s pass
    Then the pilot carries a PWM
    When 5 s pass
    Then the pilot signal was F once
    And within 60 s the session event ChargingPausedEV is seen
    And the pilot carries a PWM

  @CP-18
  Scenario: After a fault that ends with the unplugging the next session charges
    Given a car is charging
    When the control pilot is shorted to earth
    Then within 100 ms the contactor opens
    And within 1 s the connector is Faulted
    When the short to earth is gone
    And the driver unplugs
    Then within 5 s the connector is Available
    When the driver plugs in
    Then within 10 s the contactor closes

  @CP-24
  Scenario: A car that is there when the charger boots is charged
    Given the charger's host is dead
    When the driver plugs in
    And 10 s pass
    Then the contactor is open
    When the charger's host starts again
    Then within 10 s the session event SessionStarted is seen
    And within 15 s the contactor closes

  @CP-27
  Scenario: A car that asks for ventilation is charged where there is a fan
    Given a charger with a fan
    And a car is charging
    When the car asks for ventilation
    Then within 5 s the pilot is in state D
    And for 10 s the contactor stays closed

  @CP-27
  Scenario: A car that asks for ventilation where there is none is not charged
    Given a car is charging
    When the car asks for ventilation
    Then within 100 ms the contactor opens
    And within 1 s the fault VentilationNotAvailable is detected
    When the car no longer asks for ventilation
    Then within 10 s the contactor closes

  @CP-29
  Scenario: A car that goes straight from A to C is charged
    Given the car asks for energy with the plug
    When the driver plugs in
    Then within 5 s the contactor closes

  @CP-29
  Scenario: Noise on the pilot makes no false state
    Given a car is charging
    When there is noise of 1 V on the pilot
    Then for 30 s the contactor stays closed
    And for 30 s the pilot stays in state C

  @CP-32 @CP-33
  Scenario: A pause by the car keeps session and transaction
    Given a car is charging
    When the car stops asking for energy
    Then within 1 s the session event ChargingPausedEV is seen
    When 60 s pass
    And the car asks for energy
    Then within 3 s the contactor closes
    And within 1 s the session event SessionResumed is seen
    And the session event SessionStarted was seen exactly once
    And the session event TransactionStarted was seen exactly once
